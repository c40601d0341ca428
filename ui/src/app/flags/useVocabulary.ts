import { useQuery } from '@tanstack/react-query'
import { useScope } from '@/scope'
import type { ValueType } from './clauses'
import { listenersQuery, segmentNamesQuery } from './queries'

export interface Vocabulary {
  contextKinds: string[]
  /** What listeners read from requests, by context kind. */
  attributes: (contextKind: string) => { name: string; type: ValueType }[]
  segments: { value: string; name: string }[]
  segmentName: (key: string) => string
}

const types = { string: 'text', number: 'number', boolean: 'boolean', list: 'text' } as const

/** The words that conditions are made of: what the listeners' mappings give, and the segments. */
export function useVocabulary(): Vocabulary {
  const { project, environment } = useScope()
  const { data: listeners } = useQuery(listenersQuery(project.key, environment.key))
  const { data: segments } = useQuery(segmentNamesQuery(project.key, environment.key))
  const contexts = listeners?.items.flatMap(({ mapping }) => mapping.contexts ?? []) ?? []
  const kinds = [...new Set([...contexts.map(({ kind }) => kind), 'user'])]
  const named = segments?.items.map(({ key, name }) => ({ value: key, name: name || key })) ?? []
  return {
    contextKinds: kinds,
    attributes: (kind) => {
      const given = contexts
        .filter((context) => context.kind === kind)
        .flatMap(({ attributes = [] }) =>
          attributes.map(({ name, as }) => ({ name, type: types[as ?? 'string'] })),
        )
      return [{ name: 'key', type: 'text' }, ...given]
    },
    segments: named,
    segmentName: (key) => named.find(({ value }) => value === key)?.name ?? key,
  }
}
