import type { FlagImpact, Json } from '@/api/types'
import { groups } from '@/groups'

export const gotWords = (got: { label: string } | null): string => got?.label ?? "the caller's default"

const same = (a: { variation: number } | null, b: { variation: number } | null) =>
  (a?.variation ?? -1) === (b?.variation ?? -1)

export interface Headline {
  /** Where most of those who move go. */
  to: string
  moved: number
  /** Those who go the other way. */
  back: number
  /** Those who move between others. */
  others: number
}

/** Who moves where, in three numbers; none where nobody moves. */
export function headline(flag: FlagImpact): Headline | undefined {
  const most = flag.moves.toSorted((a, b) => b.contexts - a.contexts)[0]
  if (!most) return undefined
  const sum = (moves: FlagImpact['moves']) => moves.reduce((all, each) => all + each.contexts, 0)
  const moved = sum(flag.moves.filter((each) => same(each.to, most.to)))
  const back = sum(flag.moves.filter((each) => same(each.from, most.to)))
  return { to: gotWords(most.to), moved, back, others: flag.moved - moved - back }
}

/** "users", "orgs": what is counted, where all that is known of them is of one kind. */
export function counted(flag: FlagImpact): string {
  const kinds = new Set([...flag.examples, ...flag.by].map((each) => each.contextKind))
  return kinds.size === 1 ? `${[...kinds][0]}s` : 'contexts'
}

export interface Group {
  attribute: string
  values: { value: string; contexts: number }[]
}

/** Those who move by attribute, most telling first: at most so many `attributes`, of `most` values each, the rest as "other". */
export function byAttribute(by: FlagImpact['by'], attributes = 2, most = 4): Group[] {
  const found = groups(by, (each) => each.attribute)
  return [...found]
    .map(([attribute, all]) => {
      const values = all
        .toSorted((a, b) => b.contexts - a.contexts)
        .map(({ value, contexts }) => ({ value: valueWords(value), contexts }))
      const rest = values.slice(most).reduce((sum, each) => sum + each.contexts, 0)
      return {
        attribute,
        values: rest > 0 ? [...values.slice(0, most), { value: 'other', contexts: rest }] : values,
      }
    })
    .toSorted((a, b) => (b.values[0]?.contexts ?? 0) - (a.values[0]?.contexts ?? 0))
    .slice(0, attributes)
}

const valueWords = (value: Json): string =>
  value === null ? 'not told' : typeof value === 'string' ? value : JSON.stringify(value)
