import { queryOptions } from '@tanstack/react-query'
import { api, path } from '@/api/client'
import { key } from '@/api/queries'
import type { UpstreamView } from '@/api/types'

/** Nothing tells the page that it can't be heard any more, so it looks while it shows how that stands. */
const LOOK = 5_000

export const upstreamQuery = (project: string, environment: string) =>
  queryOptions({
    queryKey: key(project, 'upstream', environment),
    queryFn: ({ signal }) =>
      api<UpstreamView>('GET', path`/projects/${project}/environments/${environment}/upstream`, { signal }),
    refetchInterval: LOOK,
  })
