import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { api, path } from '@/api/client'
import { key } from '@/api/queries'
import type { Page, RouteDetail, RouteSummary, RouteTraffic, Service } from '@/api/types'

export const routesQuery = (project: string, environment: string, q?: string, owner?: string) =>
  queryOptions({
    queryKey: key(project, 'routes', environment, 'list', q ?? '', owner ?? ''),
    queryFn: ({ signal }) =>
      api<Page<RouteSummary>>('GET', path`/projects/${project}/environments/${environment}/routes`, {
        params: { q, owner, limit: 500 },
        signal,
      }),
    placeholderData: keepPreviousData,
    meta: { live: 4 },
  })

export const routeQuery = (project: string, environment: string, route: string) =>
  queryOptions({
    queryKey: key(project, 'routes', environment, 'one', route),
    queryFn: ({ signal }) =>
      api<RouteDetail>('GET', path`/projects/${project}/environments/${environment}/routes/${route}`, {
        signal,
      }),
    meta: { live: 2 },
  })

export const routeTrafficQuery = (project: string, environment: string, route: string) =>
  queryOptions({
    queryKey: key(project, 'traffic', environment, 'route', route),
    queryFn: ({ signal }) =>
      api<RouteTraffic>(
        'GET',
        path`/projects/${project}/environments/${environment}/traffic/routes/${route}`,
        { params: { seconds: 900 }, signal },
      ),
    meta: { live: 4 },
  })

export const servicesQuery = (project: string, environment: string) =>
  queryOptions({
    queryKey: key(project, 'services', environment, 'names'),
    queryFn: ({ signal }) =>
      api<Page<Service>>('GET', path`/projects/${project}/environments/${environment}/services`, {
        params: { limit: 500 },
        signal,
      }),
  })
