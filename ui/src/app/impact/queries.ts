import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { api, path } from '@/api/client'
import { key } from '@/api/queries'
import type { Edit, Impact, Neighbour } from '@/api/types'
import { useScope } from '@/scope'

/** Milliseconds that edits must rest before their impact is asked for: a drag asks a few times, not for each pixel. */
const rest = 60

/** Who is affected by edits here; follows them while they are dragged, and drops what is asked for in vain. */
export function useImpact(
  edits: Edit[],
  { examples = 0, after = [] }: { examples?: number; after?: Neighbour[] | undefined } = {},
) {
  const { project, environment } = useScope()
  const settled = useSettled(JSON.stringify({ edits, after: after.map(({ number }) => number) }))
  return useQuery({
    queryKey: key(project.key, 'impact', environment.key, settled, examples),
    queryFn: ({ signal }) =>
      api<Impact>('POST', path`/projects/${project.key}/environments/${environment.key}/impact`, {
        body: { ...(JSON.parse(settled) as object), examples },
        signal,
      }),
    enabled: edits.length > 0,
    placeholderData: keepPreviousData,
    retry: false,
  })
}

function useSettled<T>(value: T): T {
  const [settled, setSettled] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), rest)
    return () => clearTimeout(timer)
  }, [value])
  return settled
}

/** Who is affected by a change, in each environment that it alters. */
export function useChangeImpact(number: number, difference: string | null) {
  const { project } = useScope()
  return useQuery({
    queryKey: key(project.key, 'impact', 'change', number, difference),
    queryFn: ({ signal }) =>
      api<{ environments: Record<string, Impact> }>(
        'POST',
        path`/projects/${project.key}/changes/${number}/impact`,
        { body: {}, signal },
      ),
    enabled: difference !== null,
    placeholderData: keepPreviousData,
    retry: false,
  })
}
