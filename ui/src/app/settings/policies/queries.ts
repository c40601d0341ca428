import { queryOptions } from '@tanstack/react-query'
import { api, path } from '@/api/client'
import type { Deed, Policies, Policy, PolicyCheck, Why } from '@/api/types'

export const policiesQuery = (project: string) =>
  queryOptions({
    queryKey: ['policies', project],
    queryFn: () => api<Policies>('GET', path`/projects/${project}/policies`),
  })

/** What is wrong with a policy, asked as one types. */
export const checkQuery = (project: string, key: string, text: string) =>
  queryOptions({
    queryKey: ['policies', project, 'check', key, text],
    queryFn: ({ signal }) =>
      api<PolicyCheck>('POST', path`/projects/${project}/policies/check`, { body: { key, text }, signal }),
    enabled: text.trim() !== '',
    gcTime: 60_000,
  })

export const putPolicy = (
  project: string,
  key: string,
  body: { name: string; text: string; expectedVersion: number },
) => api<Policy>('PUT', path`/projects/${project}/policies/${key}`, { body })

export const removePolicy = (project: string, key: string) =>
  api('DELETE', path`/projects/${project}/policies/${key}`)

export interface Question {
  who: string
  action: Deed
  environment?: string | undefined
  kind?: string | undefined
  key?: string | undefined
  aspects?: string | undefined
}

export const whyQuery = (project: string, question: Question) =>
  queryOptions({
    queryKey: ['policies', project, 'why', question],
    queryFn: () => api<Why>('GET', path`/projects/${project}/why`, { params: { ...question } }),
    enabled: question.who !== '',
    retry: false,
  })
