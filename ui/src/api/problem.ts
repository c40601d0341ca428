import type { Problems } from './types'

/** What the server refused, as RFC 9457 says it, or what kept the request from reaching it (status 0). */
export class ApiProblem extends Error {
  readonly problems: Problems

  constructor(problems: Problems) {
    super(problems.detail || problems.title)
    this.name = 'ApiProblem'
    this.problems = problems
  }

  get status(): number {
    return this.problems.status
  }

  get offline(): boolean {
    return this.problems.status === 0
  }
}

/** A problem from any body: the server's own, or a plain sentence where a proxy answered instead. */
export function parseProblem(status: number, body: string): ApiProblem {
  const given = asObject(body)
  return new ApiProblem({
    ...given,
    type: text(given.type) ?? 'about:blank',
    title: text(given.title) ?? `The server answered ${status}`,
    detail: text(given.detail) ?? '',
    status,
  })
}

export function offlineProblem(cause: unknown): ApiProblem {
  return new ApiProblem({
    type: 'about:blank',
    title: 'The server does not answer',
    status: 0,
    detail: cause instanceof Error ? cause.message : '',
  })
}

export const isProblem = (error: unknown, status?: number): error is ApiProblem =>
  error instanceof ApiProblem && (status === undefined || error.status === status)

function asObject(body: string): Partial<Problems> {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Partial<Problems>)
      : {}
  } catch {
    return {}
  }
}

const text = (value: unknown): string | undefined => (typeof value === 'string' && value ? value : undefined)
