import { type ReactNode, useLayoutEffect, useRef } from 'react'
import './table.css'

/** Rows are plain `<tr>`. On a phone each is a block: its first cell, then the others with their heads' words. */
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
  const table = useRef<HTMLTableElement>(null)
  useLayoutEffect(() => {
    // What only a screen reader is told needs no word beside it here either.
    const heads = [...(table.current?.tHead?.rows[0]?.cells ?? [])].map((cell) =>
      cell.querySelector('.vh') ? '' : (cell.textContent ?? ''),
    )
    for (const row of table.current?.tBodies[0]?.rows ?? [])
      for (const [at, cell] of [...row.cells].entries()) cell.dataset.head = heads[at] ?? ''
  })
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <div className="table-scroll" role="group" aria-label={label} tabIndex={0}>
      <table className={className} ref={table}>
        <thead>
          <tr>{head}</tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  )
}
