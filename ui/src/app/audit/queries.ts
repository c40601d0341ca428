import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { api, type Params } from '@/api/client'
import type { AuditPage, Verification } from '@/api/types'

export interface AuditFilter extends Params {
  what?: string
  who?: string
  target?: string
  about?: string
  from?: string
  until?: string
  q?: string
}

export const auditQuery = (filter: AuditFilter) =>
  infiniteQueryOptions({
    queryKey: ['audit', 'list', filter],
    queryFn: ({ signal, pageParam }) =>
      api<AuditPage>('GET', '/audit', { params: { ...filter, limit: 100, before: pageParam }, signal }),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (page) => (page.next ? page.items.at(-1)?.seq : undefined),
  })

/** Reads the whole log; only when somebody asks. */
export const verifyQuery = queryOptions({
  queryKey: ['audit', 'verify'],
  queryFn: ({ signal }) => api<Verification>('GET', '/audit/verify', { signal }),
  enabled: false,
  gcTime: 0,
})
