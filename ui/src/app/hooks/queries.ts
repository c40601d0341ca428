import { queryOptions } from '@tanstack/react-query'
import { api, path } from '@/api/client'
import { key } from '@/api/queries'
import type { Page, Trigger, TriggerFiring, WebhookDelivery, Webhooks } from '@/api/types'

/** Nothing tells the page of a message that came through, so it looks while it shows some. */
const LOOK = 3_000

export const webhooksQuery = (project: string) =>
  queryOptions({
    queryKey: key(project, 'hooks', 'webhooks'),
    queryFn: ({ signal }) => api<Webhooks>('GET', path`/projects/${project}/webhooks`, { signal }),
    refetchInterval: LOOK,
  })

export const deliveriesQuery = (project: string, id: string) =>
  queryOptions({
    queryKey: key(project, 'hooks', 'deliveries', id),
    queryFn: ({ signal }) =>
      api<Page<WebhookDelivery>>('GET', path`/projects/${project}/webhooks/${id}/deliveries`, {
        params: { limit: 50 },
        signal,
      }),
    refetchInterval: LOOK,
  })

export const triggersQuery = (project: string) =>
  queryOptions({
    queryKey: key(project, 'hooks', 'triggers'),
    queryFn: ({ signal }) => api<Trigger[]>('GET', path`/projects/${project}/triggers`, { signal }),
  })

export const firingsQuery = (project: string, id: string) =>
  queryOptions({
    queryKey: key(project, 'hooks', 'firings', id),
    queryFn: ({ signal }) =>
      api<Page<TriggerFiring>>('GET', path`/projects/${project}/triggers/${id}/firings`, {
        params: { limit: 50 },
        signal,
      }),
    refetchInterval: LOOK,
  })
