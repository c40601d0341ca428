import type { InvalidateQueryFilters, QueryClient } from '@tanstack/react-query'
import { useSyncExternalStore } from 'react'
import { path } from './client'
import { key, sessionQuery } from './queries'
import type { Session } from './types'

// One EventSource for the project on screen. It closes while the page is hidden (no idle CPU) and
// opens again with everything renewed; after a break it waits 1 to 30 s with jitter, so that a
// thousand pages do not return in the same moment.

export type Connection = 'connecting' | 'open' | 'lost'

let connection: Connection = 'connecting'
const listeners = new Set<() => void>()

function setConnection(next: Connection) {
  if (next === connection) return
  connection = next
  for (const listener of listeners) listener()
}

export function useConnection(): Connection {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => connection,
  )
}

/** Milliseconds to wait before try number `attempt` (from 0): doubling to 30 s, half of it random. */
export const backoff = (attempt: number, random = Math.random()): number =>
  Math.min(30_000, 1000 * 2 ** attempt) * (0.5 + random / 2)

/** Watches a project until the returned function is called. */
export function watchProject(client: QueryClient, project: string): () => void {
  let source: EventSource | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let attempt = 0
  let again = false

  const renew = (...areas: Parameters<typeof key>[1][]) => {
    for (const area of areas) askAgain(client, { queryKey: key(project, area) })
  }
  const setHead = (head: number) => {
    client.setQueryData(sessionQuery.queryKey, (session: Session | null | undefined) =>
      session ? withHead(session, project, head) : session,
    )
  }
  const close = () => {
    clearTimeout(timer)
    source?.close()
    source = undefined
  }
  const open = () => {
    close()
    source = new EventSource(`/api/v1${path`/projects/${project}/events`}`)
    source.addEventListener('hello', (event) => {
      attempt = 0
      setConnection('open')
      // What happened between two connections was not heard; nor what did between a page's first
      // questions and its first connection.
      const { head, quietMs } = JSON.parse(event.data) as { head: number; quietMs: number | null }
      setHead(head)
      if (again) askAgain(client, {})
      else if (quietMs !== null) renewOlder(client, project, Date.now() - quietMs)
      again = true
    })
    source.addEventListener('revision', (event) => {
      const { number } = JSON.parse(event.data) as { number: number }
      setHead(number)
      renew(
        'flags',
        'routes',
        'segments',
        'services',
        'revisions',
        'changes',
        'nodes',
        'traffic',
        'impact',
        'guardrails',
      )
    })
    source.addEventListener('change', () => renew('changes'))
    source.addEventListener('nodes', () => renew('nodes'))
    source.addEventListener('traffic', () => renewLive(client, project))
    source.onerror = () => {
      close()
      setConnection('lost')
      timer = setTimeout(open, backoff(attempt++))
    }
  }
  const visibility = () => (document.hidden ? close() : open())

  document.addEventListener('visibilitychange', visibility)
  if (!document.hidden) open()
  return () => {
    document.removeEventListener('visibilitychange', visibility)
    close()
    setConnection('connecting')
  }
}

function withHead(session: Session, project: string, head: number): Session {
  return {
    ...session,
    projects: session.projects.map((p) => (p.key === project && p.head < head ? { ...p, head } : p)),
  }
}

/** How long an answer may have been under way, in milliseconds. */
const UNDER_WAY = 5_000

/** Asks again for what was asked before something happened, at `time`. */
function renewOlder(client: QueryClient, project: string, time: number) {
  askAgain(client, {
    predicate: ({ queryKey, state }) => queryKey[1] === project && state.dataUpdatedAt < time + UNDER_WAY,
  })
}

/**
 * Asks again for what is old. A first question that is under way is not begun anew by that, though its answer
 * may be from before: it is asked again when it has come.
 */
function askAgain(client: QueryClient, which: InvalidateQueryFilters) {
  const first = client
    .getQueryCache()
    .findAll(which)
    .filter(({ state }) => state.data === undefined && state.fetchStatus === 'fetching')
  void client.invalidateQueries(which)
  for (const query of first) {
    const again = () => client.invalidateQueries({ queryKey: query.queryKey, exact: true })
    query.fetch().then(again, () => undefined)
  }
}

function renewLive(client: QueryClient, project: string) {
  const now = Date.now()
  void client.invalidateQueries({
    type: 'active',
    predicate: ({ queryKey, meta, state }) =>
      queryKey[1] === project &&
      !!meta?.live &&
      now - state.dataUpdatedAt >= meta.live * 1000 - 250 &&
      !manyPages(state.data),
  })
}

/** A list scrolled far down holds many pages, and renewing it fetches them all: revisions only, no ticks. */
const manyPages = (data: unknown): boolean =>
  typeof data === 'object' &&
  data !== null &&
  'pages' in data &&
  Array.isArray(data.pages) &&
  data.pages.length > 1
