import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { api, path } from '@/api/client'
import { key } from '@/api/queries'
import type {
  Check,
  CodeReferences,
  Edit,
  FlagDetail,
  FlagSummary,
  FlagTraffic,
  FlagUsage,
  Listener,
  Page,
  Segment,
  UnknownFlags,
} from '@/api/types'

export interface FlagFilter {
  q?: string
  state?: 'on' | 'off' | 'partial'
  tag?: string
  owner?: string
  type?: string
  archived?: boolean
  stale?: boolean
}

const size = 200

export const flagsQuery = (project: string, environment: string, filter: FlagFilter = {}) =>
  infiniteQueryOptions({
    queryKey: key(project, 'flags', environment, 'list', filter),
    queryFn: ({ signal, pageParam }) =>
      api<Page<FlagSummary>>('GET', path`/projects/${project}/environments/${environment}/flags`, {
        params: { ...filter, limit: size, cursor: pageParam },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next,
    placeholderData: (old) => old,
    // Evaluations move all the time; a list of many pages is renewed rarely.
    meta: { live: 10 },
  })

/** All keys and names, for pickers: one page of the first five hundred. */
export const flagNamesQuery = (project: string, environment: string) =>
  queryOptions({
    queryKey: key(project, 'flags', environment, 'names'),
    queryFn: ({ signal }) =>
      api<Page<FlagSummary>>('GET', path`/projects/${project}/environments/${environment}/flags`, {
        params: { limit: 500 },
        signal,
      }),
  })

export const flagQuery = (project: string, environment: string, flag: string) =>
  queryOptions({
    queryKey: key(project, 'flags', environment, 'one', flag),
    queryFn: ({ signal }) =>
      api<FlagDetail>('GET', path`/projects/${project}/environments/${environment}/flags/${flag}`, {
        signal,
      }),
    meta: { live: 4 },
  })

export const flagTrafficQuery = (project: string, environment: string, flag: string, seconds: number) =>
  queryOptions({
    queryKey: key(project, 'traffic', environment, 'flag', flag, seconds),
    queryFn: ({ signal }) =>
      api<FlagTraffic>('GET', path`/projects/${project}/environments/${environment}/traffic/flags/${flag}`, {
        params: { seconds },
        signal,
      }),
    placeholderData: (old) => old,
    meta: { live: 4 },
  })

/** What it served over days; renewed as it is kept, once a minute. */
export const flagUsageQuery = (project: string, environment: string, flag: string, days: number) =>
  queryOptions({
    queryKey: key(project, 'traffic', environment, 'usage', flag, days),
    queryFn: ({ signal }) =>
      api<FlagUsage>('GET', path`/projects/${project}/environments/${environment}/flags/${flag}/usage`, {
        params: { days },
        signal,
      }),
    placeholderData: (old) => old,
    meta: { live: 60 },
  })

export const unknownFlagsQuery = (project: string, environment: string) =>
  queryOptions({
    queryKey: key(project, 'flags', environment, 'unknown'),
    queryFn: ({ signal }) =>
      api<UnknownFlags>('GET', path`/projects/${project}/environments/${environment}/unknown-flags`, {
        signal,
      }),
    meta: { live: 60 },
  })

/** What is known of code; where it names `flag`. */
export const codeQuery = (project: string, flag?: string) =>
  queryOptions({
    queryKey: key(project, 'flags', 'code', flag ?? ''),
    queryFn: ({ signal }) =>
      api<CodeReferences>('GET', path`/projects/${project}/code-references`, { params: { flag }, signal }),
  })

type Found<T> = T & { revision: number }

export const segmentNamesQuery = (project: string, environment: string) =>
  queryOptions({
    queryKey: key(project, 'segments', environment, 'names'),
    queryFn: ({ signal }) =>
      api<Page<Found<Segment>>>('GET', path`/projects/${project}/environments/${environment}/segments`, {
        params: { limit: 500 },
        signal,
      }),
  })

export const listenersQuery = (project: string, environment: string) =>
  queryOptions({
    queryKey: key(project, 'services', environment, 'listeners'),
    queryFn: ({ signal }) =>
      api<Page<Found<Listener>>>('GET', path`/projects/${project}/environments/${environment}/listeners`, {
        params: { limit: 500 },
        signal,
      }),
  })

/** What edits would do, in sentences; nothing is kept. */
export const checkQuery = (project: string, edits: Edit[]) =>
  queryOptions({
    queryKey: key(project, 'changes', 'check', edits),
    queryFn: ({ signal }) =>
      api<Check>('POST', path`/projects/${project}/changes/check`, { body: { edits }, signal }),
  })
