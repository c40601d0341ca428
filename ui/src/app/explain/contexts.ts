import { queryOptions } from '@tanstack/react-query'
import { api, path } from '@/api/client'
import { key } from '@/api/queries'
import type { Json, SeenContexts, ServedToContext } from '@/api/types'
import { asOf } from '@/asOf'

type Context = { [field: string]: Json }

/** A context as it was typed; nothing where it is no JSON object. */
export function readContext(text: string): Context | undefined {
  try {
    const read: unknown = JSON.parse(text)
    return typeof read === 'object' && read !== null && !Array.isArray(read) ? (read as Context) : undefined
  } catch {
    return undefined
  }
}

/** "ann", "org acme", "user ann, org acme". */
export function contextWords(context: Json): string {
  if (typeof context !== 'object' || context === null || Array.isArray(context)) return String(context)
  const { kind = 'user', key: own } = context
  if (kind !== 'multi') return kind === 'user' ? String(own) : `${String(kind)} ${String(own)}`
  return Object.entries(context)
    .filter(([part]) => part !== 'kind')
    .map(([part, value]) => `${part} ${String((value as Context).key)}`)
    .join(', ')
}

export const contextsQuery = (project: string, environment: string, q: string) =>
  queryOptions({
    queryKey: key(project, 'contexts', environment, 'seen', q),
    queryFn: ({ signal }) =>
      api<SeenContexts>('GET', path`/projects/${project}/environments/${environment}/contexts`, {
        params: { q: q || undefined },
        signal,
      }),
    placeholderData: (old) => old,
  })

export const servedQuery = (project: string, environment: string, context: Json) =>
  queryOptions({
    queryKey: key(project, 'flags', environment, 'served', context),
    queryFn: ({ signal }) =>
      api<ServedToContext>('POST', path`/projects/${project}/environments/${environment}/contexts/served`, {
        body: { context, at: asOf() },
        signal,
      }),
  })
