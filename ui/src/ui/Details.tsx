import type { ReactNode } from 'react'
import type { EditView, Json } from '@/api/types'
import { Icon } from './Icon'
import './details.css'

/** What is one click away. */
export function Details({
  summary,
  more,
  children,
}: {
  summary: ReactNode
  more?: ReactNode
  children: ReactNode
}) {
  return (
    <details className="details">
      <summary>
        <Icon name="chevron" size={14} />
        <span>{summary}</span>
        {more && <span className="more t3">{more}</span>}
      </summary>
      {children}
    </details>
  )
}

const show = (value: Json | undefined) =>
  value === undefined ? '' : JSON.stringify(value, null, 1).replace(/\n\s*/g, ' ')

/** Field by field, before and after. */
export function Difference({ lines }: { lines: EditView['difference'] }) {
  if (lines.length === 0) return <p className="diff-none note">No field differs.</p>
  return (
    <pre className="diff">
      {lines.map((line, i) => (
        <span key={i} className="line">
          <span className="path">{line.path || '/'}</span>
          {line.before !== undefined && (
            <del>
              <span className="vh">before: </span>
              {show(line.before)}
            </del>
          )}
          {line.after !== undefined && (
            <ins>
              <span className="vh">after: </span>
              {show(line.after)}
            </ins>
          )}
        </span>
      ))}
    </pre>
  )
}
