import { asked } from '@/asOf'
import { offlineProblem, parseProblem } from './problem'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
export type Params = { [name: string]: string | number | boolean | undefined }
export interface Options {
  params?: Params
  /** JSON, or a file of text as it is. */
  body?: unknown
  /** A draft's version, sent as `If-Match: "v<version>"`. */
  version?: number
  signal?: AbortSignal
}

const root = '/api/v1'

/** One request to `/api/v1`. Answers the JSON, or undefined for 204; throws {@link ApiProblem} for the rest. */
export async function api<T>(method: Method, path: string, options: Options = {}): Promise<T> {
  const { params, body, version, signal } = options
  const headers: Record<string, string> = { accept: 'application/json' }
  const file = body instanceof Blob
  if (body !== undefined) headers['content-type'] = file ? 'text/csv' : 'application/json'
  if (version !== undefined) headers['if-match'] = `"v${version}"`
  let response: Response
  try {
    response = await fetch(root + path + query(method === 'GET' ? { ...params, ...asked(path) } : params), {
      method,
      headers,
      credentials: 'same-origin',
      ...(body === undefined ? {} : { body: file ? body : JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    })
  } catch (cause) {
    if (signal?.aborted) throw cause
    throw offlineProblem(cause)
  }
  const text = await response.text()
  if (!response.ok) throw parseProblem(response.status, text)
  return (text ? JSON.parse(text) : undefined) as T
}

/** `?a=1&b=x`, without what is undefined or empty. */
export function query(params: Params | undefined): string {
  const set = new URLSearchParams()
  for (const [name, value] of Object.entries(params ?? {})) {
    if (value !== undefined && value !== '') set.set(name, String(value))
  }
  const text = set.toString()
  return text && `?${text}`
}

/** A path of encoded segments: ``path`/projects/${p}/flags/${key}` ``. */
export function path(parts: TemplateStringsArray, ...values: (string | number)[]): string {
  return parts.reduce(
    (sum, part, i) => sum + part + (i < values.length ? encodeURIComponent(values[i]!) : ''),
    '',
  )
}
