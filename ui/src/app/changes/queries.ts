import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { api, path } from '@/api/client'
import { draftsQuery, key } from '@/api/queries'
import type { ChangeView, Comment, Page, ScheduleView } from '@/api/types'
import { useScope } from '@/scope'
import type { Tab } from './search'

const filters: Record<Tab, { state?: string; author?: string; awaiting?: string }> = {
  needs: { awaiting: 'me' },
  open: { state: 'inReview' },
  applied: { state: 'applied' },
  mine: { author: 'me' },
}

export const changesQuery = (project: string, tab: Tab, limit = 50) =>
  infiniteQueryOptions({
    queryKey: key(project, 'changes', 'list', tab, limit),
    queryFn: ({ signal, pageParam }) =>
      api<Page<ChangeView>>('GET', path`/projects/${project}/changes`, {
        params: { ...filters[tab], limit, cursor: pageParam },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next,
  })

/** Those that are open, for whoever may say what comes after what: drafts of one's own, and all in review. */
export const openChangesQuery = (project: string) =>
  queryOptions({
    queryKey: key(project, 'changes', 'open'),
    queryFn: async ({ client, signal }) => {
      const [drafts, asked] = await Promise.all([
        client.fetchQuery(draftsQuery(project)),
        api<Page<ChangeView>>('GET', path`/projects/${project}/changes`, {
          params: { state: 'inReview', limit: 100 },
          signal,
        }),
      ])
      return [...drafts, ...asked.items]
    },
  })

export const changeQuery = (project: string, number: number) =>
  queryOptions({
    queryKey: key(project, 'changes', 'one', number),
    queryFn: ({ signal }) => api<ChangeView>('GET', path`/projects/${project}/changes/${number}`, { signal }),
  })

export const commentsQuery = (project: string, number: number) =>
  queryOptions({
    queryKey: key(project, 'changes', 'comments', number),
    queryFn: ({ signal }) =>
      api<Comment[]>('GET', path`/projects/${project}/changes/${number}/comments`, { signal }),
  })

/** What waits for its time. */
export const waitingQuery = (project: string) =>
  queryOptions({
    queryKey: key(project, 'changes', 'schedules', 'waiting'),
    queryFn: ({ signal }) =>
      api<ScheduleView[]>('GET', path`/projects/${project}/schedules`, { params: { waiting: true }, signal }),
  })

/** One step of a review; every list of changes is renewed by it. */
export function useReviewStep<Body>(number: number, step: 'submit' | 'withdraw' | 'reviews' | 'comments') {
  const { project } = useScope()
  const client = useQueryClient()
  return useMutation({
    mutationFn: (body: Body) =>
      api<unknown>('POST', path`/projects/${project.key}/changes/${number}/${step}`, { body }),
    onSettled: () => client.invalidateQueries({ queryKey: key(project.key, 'changes') }),
  })
}
