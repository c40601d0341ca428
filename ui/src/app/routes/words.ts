import type { ArmAction, Match, Split } from '@/api/types'
import type { Tone } from '@/ui/State'

/** Of a flag's arms the last is the way as before and the first a canary; arms by weight are equals. */
export function armTone(index: number, count: number, by: Split['by']): Exclude<Tone, 'edited'> {
  if (count === 1 || by === 'weight') return (['on', 'on2', 'on3'] as const)[index % 3]!
  if (index === count - 1) return 'off'
  return (['canary', 'on', 'on2', 'on3'] as const)[Math.min(index, 3)]!
}

export const actionWords = (action: ArmAction): string =>
  action.type === 'service'
    ? `${action.service} ${action.subset}`
    : action.type === 'redirect'
      ? `redirect to ${action.location}`
      : `answer ${action.status}`

export const pathWords = ({ path }: Match): string =>
  !path
    ? 'any path'
    : 'exact' in path
      ? `${path.exact} exactly`
      : 'prefix' in path
        ? `${path.prefix} and below`
        : path.template

/** "GET, post" as methods; each once. */
export const words = (text: string): string[] => [...new Set(text.split(/[\s,]+/).filter(Boolean))]

export type PathKind = 'prefix' | 'exact' | 'template'

export const readPath = (kind: PathKind, text: string): Match['path'] =>
  text.trim() === ''
    ? undefined
    : kind === 'prefix'
      ? { prefix: text.trim() }
      : kind === 'exact'
        ? { exact: text.trim() }
        : { template: text.trim() }

export function splitPath(path: Match['path']): [PathKind, string] {
  if (!path) return ['prefix', '']
  if ('prefix' in path) return ['prefix', path.prefix]
  return 'exact' in path ? ['exact', path.exact] : ['template', path.template]
}
