import type { Segment } from '@/api/types'

/** Keys listed by hand, over all context kinds. */
export function keyCount(segment: Segment, list: 'included' | 'excluded'): number {
  const contexts = list === 'included' ? segment.includedContexts : segment.excludedContexts
  return (segment[list]?.length ?? 0) + (contexts ?? []).reduce((sum, each) => sum + each.values.length, 0)
}

/** The segment with the included keys of one context kind replaced; blanks and repeats are dropped. */
export function editKeys<T extends Segment>(segment: T, contextKind: string, keys: readonly string[]): T {
  const values = [...new Set(keys.map((key) => key.trim()).filter(Boolean))]
  if (contextKind === 'user') return { ...segment, included: values }
  const others = (segment.includedContexts ?? []).filter((each) => each.contextKind !== contextKind)
  return { ...segment, includedContexts: values.length > 0 ? [...others, { contextKind, values }] : others }
}
