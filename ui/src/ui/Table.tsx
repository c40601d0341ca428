import type { ReactNode } from 'react'
import './table.css'

/** A table that scrolls inside its card where the page is narrow. Rows are plain `<tr>`. */
export function Table({
  label,
  head,
  children,
  className,
}: {
  label: string
  head: ReactNode
  children: ReactNode
  className?: string
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <div className="table-scroll" role="group" aria-label={label} tabIndex={0}>
      <table className={className}>
        <thead>
          <tr>{head}</tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  )
}
