import { type ReactNode, useEffect, useState } from 'react'
import { ApiProblem } from '@/api/problem'
import type { Problem } from '@/api/types'
import { Button } from './Button'
import { Shape } from './State'
import './feedback.css'

/** Grey bars in the place of what loads, only once 200 ms have passed. */
export function Skeleton({ rows = 6, label = 'Loading' }: { rows?: number; label?: string }) {
  const [late, setLate] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), 200)
    return () => clearTimeout(timer)
  }, [])
  return (
    <div className="skeleton" role="status">
      <span className="vh">{label}</span>
      {late &&
        Array.from({ length: rows }, (_, i) => <i key={i} style={{ width: `${88 - ((i * 23) % 40)}%` }} />)}
    </div>
  )
}

/** Nothing here: why, and what to do about it. */
export function EmptyState({
  title,
  children,
  action,
  command,
}: {
  title: string
  children?: ReactNode
  action?: ReactNode
  command?: string
}) {
  return (
    <div className="empty">
      <h2>{title}</h2>
      {children && <p className="t2">{children}</p>}
      {command && <pre className="command">{command}</pre>}
      {action}
    </div>
  )
}

/** What failed, in the server's words, and a way on. */
export function ErrorState({
  error,
  onRetry,
  title,
}: {
  error: unknown
  onRetry?: () => void
  title?: string
}) {
  const problem = error instanceof ApiProblem ? error : undefined
  return (
    <div className="empty" role="alert">
      <h2 className="row">
        <Shape kind="warn" size={15} />
        {title ?? problem?.problems.title ?? 'This page could not be drawn'}
      </h2>
      <p className="t2">
        {problem?.offline
          ? 'Data planes continue with the revision they have. This page shows again what is true as soon as the server answers.'
          : error instanceof Error
            ? error.message
            : ''}
      </p>
      {problem?.problems.permission && (
        <p className="note">
          It takes {problem.problems.permission.leastRole}. {problem.problems.permission.grantedBy.join(', ')}{' '}
          can give it.
        </p>
      )}
      {problem?.problems.instance && <p className="note mono">{problem.problems.instance}</p>}
      {onRetry && <Button onClick={onRetry}>Try again</Button>}
    </div>
  )
}

/** Every mistake of an input: where, the value, why, and what to do. */
export function ProblemList({ problems }: { problems: Problem[] }) {
  return (
    <ul className="problems" aria-label="Problems">
      {problems.map((problem, i) => (
        <li key={i}>
          <Shape kind="blocked" />
          <div>
            <p>
              {problem.resource && <code>{problem.resource.key}</code>} {problem.reason}
            </p>
            <p className="note">
              {problem.path && <code>{problem.path}</code>}
              {problem.value !== undefined && (
                <>
                  {problem.path && ' is '}
                  <code>{JSON.stringify(problem.value)}</code>
                </>
              )}
              {problem.hint && `. ${problem.hint}`}
            </p>
          </div>
        </li>
      ))}
    </ul>
  )
}

/** A failed action, inside a form or a sheet. */
export function Failure({ error }: { error: unknown }) {
  if (!error) return null
  const problem = error instanceof ApiProblem ? error.problems : undefined
  return (
    <div className="failure" role="alert">
      <p className="row start">
        <Shape kind="blocked" />
        <span>
          <b>{problem?.title ?? 'That did not work'}.</b>{' '}
          {problem ? problem.detail : error instanceof Error ? error.message : ''}
          {problem?.permission &&
            ` It takes ${problem.permission.leastRole}; ${problem.permission.grantedBy.join(', ')} can give it.`}
        </span>
      </p>
      {problem?.problems && problem.problems.length > 0 && <ProblemList problems={problem.problems} />}
    </div>
  )
}

export function Banner({ children, kind }: { children: ReactNode; kind?: 'warn' | 'edited' | 'plain' }) {
  return <div className={`banner ${kind ?? 'plain'}`}>{children}</div>
}
