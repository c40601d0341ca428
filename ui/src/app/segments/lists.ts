import type { Segment } from '@/api/types'

export type List = 'included' | 'excluded'

/** Keys that are listed, by hand over all context kinds or in its big list. */
export function keyCount(segment: Segment, list: List): number {
  return (
    (segment.list?.[list] ?? 0) +
    (segment[list]?.length ?? 0) +
    (segment[`${list}Contexts`] ?? []).reduce((sum, each) => sum + each.values.length, 0)
  )
}

/** The keys of one context kind on one of the lists. */
export const keysOf = (segment: Segment, list: List, contextKind: string): readonly string[] =>
  contextKind === 'user'
    ? (segment[list] ?? [])
    : (segment[`${list}Contexts`]?.find((each) => each.contextKind === contextKind)?.values ?? [])

/** The segment with one list of one context kind replaced; an empty list is taken away. */
export function withKeys<T extends Segment>(
  segment: T,
  list: List,
  contextKind: string,
  values: string[],
): T {
  const next = { ...segment }
  if (contextKind === 'user') {
    if (values.length > 0) next[list] = values
    else delete next[list]
    return next
  }
  const others = (segment[`${list}Contexts`] ?? []).filter((each) => each.contextKind !== contextKind)
  const all = values.length > 0 ? [...others, { contextKind, values }] : others
  if (all.length > 0) next[`${list}Contexts`] = all
  else delete next[`${list}Contexts`]
  return next
}

/** The context kinds that a segment lists keys of. */
export const listedKinds = (segment: Segment): string[] => [
  ...(segment.included?.length || segment.excluded?.length ? ['user'] : []),
  ...[...(segment.includedContexts ?? []), ...(segment.excludedContexts ?? [])].map(
    (each) => each.contextKind,
  ),
]
