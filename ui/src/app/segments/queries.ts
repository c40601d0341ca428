import { queryOptions } from '@tanstack/react-query'
import { api, path } from '@/api/client'
import { key } from '@/api/queries'
import type { BigSegmentsView } from '@/api/types'

/** An environment's big segments, and how they stand in Redis. Asked again while it is looked at: Redis tells nobody. */
export const bigSegmentsQuery = (project: string, environment: string) =>
  queryOptions({
    queryKey: key(project, 'segments', environment, 'big'),
    queryFn: ({ signal }) =>
      api<BigSegmentsView>('GET', path`/projects/${project}/environments/${environment}/big-segments`, {
        signal,
      }),
    refetchInterval: ({ state }) => (state.data?.store ? (isSettled(state.data) ? 30_000 : 3_000) : false),
  })

const isSettled = ({ store }: BigSegmentsView) => store?.state === 'inStep' && store.behind === 0
