import type { EditOp, Flag, Rule, Serve, Target, Targeting } from '@/api/types'
import { same } from '@/same'
import { withWriter } from '../resources/writer'

// What a member's change makes of what is live, so that the page can show both. The server checks and
// applies; this only has to agree with it about edits that fit.

const at = (index: number | undefined, length: number) => Math.min(index ?? length, length)

function withServe<T extends Serve>(old: T, serve: Serve): T {
  const { variation: _variation, rollout: _rollout, ...rest } = old
  return { ...rest, ...serve } as T
}

export function applyToTargeting(live: Targeting, ops: readonly EditOp[]): Targeting {
  return ops.reduce(step, live)
}

function step(t: Targeting, op: EditOp): Targeting {
  const rules = t.rules ?? []
  const each = (id: string, change: (rule: Rule) => Rule) => ({
    ...t,
    rules: rules.map((rule) => (rule.id === id ? change(rule) : rule)),
  })
  switch (op.type) {
    case 'put': {
      const { kind: _kind, environment: _environment, ...resource } = op.resource
      return resource as unknown as Targeting
    }
    case 'setManagedBy':
      return withWriter(t, op.writer)
    case 'setOn':
      return { ...t, on: op.on }
    case 'setOffVariation': {
      const { offVariation: _old, ...rest } = t
      return op.variation === null ? rest : { ...rest, offVariation: op.variation }
    }
    case 'setServe':
      return op.rule === undefined
        ? { ...t, fallthrough: op.serve }
        : each(op.rule, (rule) => withServe(rule, op.serve))
    case 'setClauses':
      return each(op.rule, (rule) => ({ ...rule, clauses: op.clauses }))
    case 'addRule':
      return { ...t, rules: rules.toSpliced(at(op.index, rules.length), 0, op.rule) }
    case 'removeRule':
      return { ...t, rules: rules.filter((rule) => rule.id !== op.rule) }
    case 'moveRule': {
      const moved = rules.find((rule) => rule.id === op.rule)
      const others = rules.filter((rule) => rule !== moved)
      return moved ? { ...t, rules: others.toSpliced(at(op.index, others.length), 0, moved) } : t
    }
    case 'setTargets':
      return withTargets(t, op.contextKind ?? 'user', op.variation, op.values)
    case 'setPrerequisites':
      return { ...t, prerequisites: op.prerequisites }
    default:
      return t
  }
}

const kindOf = (target: Target) => target.contextKind ?? 'user'

function withTargets(t: Targeting, kind: string, variation: number, values: string[]): Targeting {
  const field = kind === 'user' ? 'targets' : 'contextTargets'
  const list = t[field] ?? []
  const place = list.findIndex((each) => kindOf(each) === kind && each.variation === variation)
  const entry: Target = { ...(kind === 'user' ? {} : { contextKind: kind }), variation, values }
  if (values.length === 0) return { ...t, [field]: list.filter((_, i) => i !== place) }
  return { ...t, [field]: place < 0 ? [...list, entry] : list.with(place, entry) }
}

/** Who gets a variation by key. LaunchDarkly's stand-ins for users (no values) are left out. */
export function individuals(t: Targeting): { contextKind: string; variation: number; values: string[] }[] {
  return [...(t.targets ?? []), ...(t.contextTargets ?? [])]
    .filter((each) => each.values.length > 0)
    .map((each) => ({ contextKind: kindOf(each), variation: each.variation, values: each.values }))
}

export function applyToFlag(live: Flag, ops: readonly EditOp[]): Flag {
  return ops.reduce(flagStep, live)
}

function flagStep(flag: Flag, op: EditOp): Flag {
  switch (op.type) {
    case 'put': {
      const { kind: _kind, ...resource } = op.resource
      return resource as unknown as Flag
    }
    case 'setDetails': {
      const { type: _type, ...details } = op
      return { ...flag, ...details }
    }
    case 'setManagedBy':
      return withWriter(flag, op.writer)
    case 'setLifecycle': {
      const { type: _type, flagType, expires, archived } = op
      const { expires: day = '', archived: aside = false, ...rest } = flag
      const [last, put] = [expires ?? day, archived ?? aside]
      return {
        ...rest,
        ...(flagType ? { type: flagType } : {}),
        ...(last ? { expires: last } : {}),
        ...(put ? { archived: true } : {}),
      }
    }
    case 'addVariation':
      return { ...flag, variations: [...flag.variations, op.variation] }
    case 'setVariation':
      return {
        ...flag,
        variations: flag.variations.map((each) => (each.id === op.variation.id ? op.variation : each)),
      }
    case 'removeVariation':
      return { ...flag, variations: flag.variations.filter((each) => each.id !== op.id) }
    default:
      return flag
  }
}

export interface RuleRow {
  rule: Rule
  /** Its number among the rules that will be; absent where the change takes it away. */
  number?: number
  live?: Rule
  state: 'same' | 'edited' | 'added' | 'removed'
  clausesEdited: boolean
  serveEdited: boolean
  /** Its number now, where the change moves it. */
  movedFrom?: number
}

export const serveOf = ({ variation, rollout }: Serve): Serve =>
  variation === undefined ? (rollout ? { rollout } : {}) : { variation }

/** The rules as they will be, with what is live beside them; removed ones stay where they were. */
export function ruleRows(live: Targeting, draft: Targeting, ops: readonly EditOp[]): RuleRow[] {
  const before = live.rules ?? []
  const rows = (draft.rules ?? []).map((rule, i): RuleRow => {
    const was = before.findIndex((each) => each.id === rule.id)
    const old = before[was]
    const clausesEdited = !!old && !same(old.clauses, rule.clauses)
    const serveEdited = !!old && !same(serveOf(old), serveOf(rule))
    const moved = old && ops.some((op) => op.type === 'moveRule' && op.rule === rule.id)
    return {
      rule,
      number: i + 1,
      ...(old ? { live: old } : {}),
      state: !old ? 'added' : clausesEdited || serveEdited || moved ? 'edited' : 'same',
      clausesEdited,
      serveEdited,
      ...(moved ? { movedFrom: was + 1 } : {}),
    }
  })
  before.forEach((rule, i) => {
    if (draft.rules?.some((each) => each.id === rule.id)) return
    const above = before.slice(0, i).findLast((each) => rows.some((row) => row.rule.id === each.id))
    const place = above ? rows.findIndex((row) => row.rule.id === above.id) + 1 : 0
    rows.splice(place, 0, { rule, live: rule, state: 'removed', clausesEdited: false, serveEdited: false })
  })
  return rows
}

/** Is `op` without effect, given the other edits? Then it need not be in the change. */
export function isNothing(live: Targeting, others: readonly EditOp[], op: EditOp): boolean {
  const without = applyToTargeting(live, others)
  return same(without, applyToTargeting(without, [op]))
}

/** A new id that no other rule has: the first clause's words, then a number. */
export function ruleId(rules: readonly Rule[], words: string): string {
  const base =
    words
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-|-$/g, '')
      .slice(0, 40) || 'rule'
  const taken = new Set(rules.map((rule) => rule.id))
  if (!taken.has(base)) return base
  let n = 2
  while (taken.has(`${base}-${n}`)) n += 1
  return `${base}-${n}`
}
