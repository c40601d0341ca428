import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { asOf } from '@/asOf'
import { chosenDraft } from '@/chosenDraft'
import { asWished } from '@/wishedDraft'
import { api, type Params, path } from './client'
import { isProblem } from './problem'
import type { ChangeView, Nodes, Page, RevisionView, Session, Traffic } from './types'

// Keys begin with the project and the area, so that one event can renew all that it touches:
// ['p', project, area, environment, ...]. `meta.live` is how often, in seconds, traffic renews it.
declare module '@tanstack/react-query' {
  interface Register {
    queryMeta: { live?: number }
  }
}

export type Area =
  | 'flags'
  | 'routes'
  | 'segments'
  | 'services'
  | 'nodes'
  | 'traffic'
  | 'changes'
  | 'contexts'
  | 'impact'
  | 'guardrails'
  | 'hooks'
  | 'git'
  | 'upstream'
  | 'revisions'
/** Below an area, what is as of a revision stands apart from what is now. */
export const key = (project: string, area: Area, ...rest: unknown[]) => {
  const at = asOf()
  return at === undefined || rest.length === 0
    ? ['p', project, area, ...rest]
    : ['p', project, area, `r${at}`, ...rest]
}

/** null when signed out, so that the router can send to the sign-in page. */
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: ({ signal }) =>
    api<Session>('GET', '/session', { signal }).catch((error: unknown) => {
      if (isProblem(error, 401)) return null
      throw error
    }),
  staleTime: 60_000,
})

export const nodesQuery = (project: string, environment: string) =>
  queryOptions({
    queryKey: key(project, 'nodes', environment),
    queryFn: ({ signal }) =>
      api<Nodes>('GET', path`/projects/${project}/environments/${environment}/nodes`, { signal }),
  })

export const trafficQuery = (project: string, environment: string, seconds = 900) =>
  queryOptions({
    queryKey: key(project, 'traffic', environment, 'all', seconds),
    queryFn: ({ signal }) =>
      api<Traffic>('GET', path`/projects/${project}/environments/${environment}/traffic`, {
        params: { seconds },
        signal,
      }),
    meta: { live: 2 },
  })

/** All drafts of the member, newest first. */
export const draftsQuery = (project: string) =>
  queryOptions({
    queryKey: key(project, 'changes', 'drafts'),
    queryFn: async ({ signal }) => {
      const page = await api<Page<ChangeView>>('GET', path`/projects/${project}/changes`, {
        params: { state: 'draft', author: 'me' },
        signal,
      })
      return page.items
    },
  })

/** The one that the member works on. */
export const draftQuery = (project: string) =>
  queryOptions({
    queryKey: key(project, 'changes', 'draft'),
    queryFn: async ({ client }) => {
      const chosen = chosenDraft(project)
      if (chosen === 0) return asWished(project, null)
      const drafts = await client.fetchQuery({ ...draftsQuery(project), staleTime: 0 })
      const draft = chosen === undefined ? drafts[0] : drafts.find(({ number }) => number === chosen)
      return asWished(project, draft ?? null)
    },
  })

/** What waits for an approval that the member can give. */
export const awaitingQuery = (project: string) =>
  queryOptions({
    queryKey: key(project, 'changes', 'awaiting'),
    queryFn: ({ signal }) =>
      api<Page<ChangeView>>('GET', path`/projects/${project}/changes`, {
        params: { awaiting: 'me', limit: 5 },
        signal,
      }),
  })

export interface RevisionFilter extends Params {
  environment?: string
  kind?: string
  key?: string
  author?: string
  q?: string
}

export const revisionsQuery = (project: string, filter: RevisionFilter = {}, limit = 50) =>
  infiniteQueryOptions({
    queryKey: key(project, 'revisions', 'list', filter, limit),
    queryFn: ({ signal, pageParam }) =>
      api<Page<RevisionView>>('GET', path`/projects/${project}/revisions`, {
        params: { ...filter, limit, before: pageParam },
        signal,
      }),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (page) => (page.next ? page.items.at(-1)?.number : undefined),
  })

export const lastRevisionsQuery = (project: string, filter: RevisionFilter = {}, limit = 8) =>
  queryOptions({
    queryKey: key(project, 'revisions', 'last', filter, limit),
    queryFn: ({ signal }) =>
      api<Page<RevisionView>>('GET', path`/projects/${project}/revisions`, {
        params: { ...filter, limit },
        signal,
      }),
  })

export const revisionQuery = (project: string, number: number) =>
  queryOptions({
    queryKey: key(project, 'revisions', 'one', number),
    queryFn: ({ signal }) =>
      api<RevisionView>('GET', path`/projects/${project}/revisions/${number}`, { signal }),
  })
