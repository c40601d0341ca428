import { queryOptions } from '@tanstack/react-query'
import { api, path } from '@/api/client'
import { key } from '@/api/queries'
import type { GitView } from '@/api/types'

/** Nothing tells the page of a commit, so it looks while it shows what was seen. */
const LOOK = 5_000

export const gitQuery = (project: string) =>
  queryOptions({
    queryKey: key(project, 'git'),
    queryFn: ({ signal }) => api<GitView>('GET', path`/projects/${project}/git`, { signal }),
    refetchInterval: LOOK,
  })
