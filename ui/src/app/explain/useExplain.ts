import { useQuery } from '@tanstack/react-query'
import { api, path } from '@/api/client'
import { key } from '@/api/queries'
import type { Edit, Explanation } from '@/api/types'
import { asOf } from '@/asOf'
import { useScope } from '@/scope'

export interface Asked {
  method: string
  url: string
  headers: { [name: string]: string }
}

/** "name: value" lines as an object; a line without a colon is a mistake that is named. */
export function parseHeaders(text: string): { headers: Asked['headers']; bad: string[] } {
  const headers: Asked['headers'] = {}
  const bad: string[] = []
  for (const line of text.split('\n')) {
    if (!line.trim()) continue
    const colon = line.indexOf(':')
    if (colon < 1) bad.push(line.trim())
    else headers[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim()
  }
  return { headers, bad }
}

/** The whole decision for one request; with `edits`, as it would be with them. */
export function useExplain(asked: Asked | undefined, edits?: Edit[]) {
  const { project, environment } = useScope()
  const at = asOf()
  return useQuery({
    // With the head in the key, a new revision asks again while the old answer stays on screen.
    queryKey: key(project.key, 'routes', environment.key, 'explain', asked, edits, project.head),
    queryFn: ({ signal }) =>
      api<Explanation>('POST', path`/projects/${project.key}/environments/${environment.key}/explain`, {
        body: { ...asked, ...(at !== undefined ? { at } : edits ? { edits } : {}) },
        signal,
      }),
    enabled: !!asked,
    placeholderData: (old) => old,
  })
}
