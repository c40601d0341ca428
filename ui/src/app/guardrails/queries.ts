import { queryOptions } from '@tanstack/react-query'
import { api, path } from '@/api/client'
import { key } from '@/api/queries'
import type { Guardrail, Manifest, Page, Tried } from '@/api/types'

const bare = ({ kind: _kind, environment: _environment, ...rest }: Manifest): Guardrail =>
  rest as unknown as Guardrail

export const guardrailsQuery = (project: string) =>
  queryOptions({
    queryKey: key(project, 'guardrails', 'list'),
    queryFn: async ({ signal }) => {
      const page = await api<Page<Manifest>>('GET', path`/projects/${project}/resources`, {
        params: { kind: 'guardrail', limit: 500 },
        signal,
      })
      return page.items.map(bare)
    },
  })

/** Good defaults, each with a plain reason. */
export const packQuery = (project: string) =>
  queryOptions({
    queryKey: key(project, 'guardrails', 'pack'),
    queryFn: async ({ signal }) => {
      const pack = await api<Manifest[]>('GET', path`/projects/${project}/guardrails/pack`, { signal })
      return pack.map(bare)
    },
    staleTime: Number.POSITIVE_INFINITY,
  })

/** What a guardrail would have said to the last revisions. */
export const tryGuardrail = (project: string, guardrail: Guardrail, revisions = 200) =>
  api<Tried>('POST', path`/projects/${project}/guardrails/try`, { body: { guardrail, revisions } })
