import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { api, path } from '@/api/client'
import { key } from '@/api/queries'
import type { Page } from '@/api/types'
import { useScope } from '@/scope'

/** Segments or services of the environment on screen, all on one page. */
export function useResources<T>(area: 'segments' | 'services', q?: string, owner?: string) {
  const { project, environment } = useScope()
  return useQuery({
    queryKey: key(project.key, area, environment.key, 'list', q, owner),
    queryFn: ({ signal }) =>
      api<Page<T & { revision: number }>>(
        'GET',
        `${path`/projects/${project.key}/environments/${environment.key}`}/${area}`,
        {
          params: { limit: 500, q, owner },
          signal,
        },
      ),
    placeholderData: keepPreviousData,
  })
}
