import { useVirtualizer } from '@tanstack/react-virtual'
import { type ReactNode, useEffect, useLayoutEffect, useRef, useState } from 'react'
import { usePhone } from './useMedia'
import './virtualtable.css'

export interface Column<T> {
  id: string
  head: ReactNode
  /** A CSS grid track: "120px", "minmax(160px, 1.4fr)". */
  width: string
  end?: boolean
  /** Left away below this width of the window. */
  from?: number
  cell: (row: T) => ReactNode
}

interface Props<T> {
  label: string
  columns: Column<T>[]
  rows: readonly T[]
  rowKey: (row: T) => string
  /** How many there are in all, where not all are loaded. */
  total?: number
  rowHeight?: number
  /** A row of a phone, in place of the columns. */
  phone: (row: T) => ReactNode
  phoneHeight?: number
  selected?: string | undefined
  edited?: (row: T) => boolean
  /** Called while the last loaded rows come near. */
  onEnd?: () => void
}

/** A table of any length in the page's own scroller: only the rows on screen are drawn. */
export function VirtualTable<T>({
  label,
  columns,
  rows,
  rowKey,
  total,
  rowHeight = 36,
  phone,
  phoneHeight = 64,
  selected,
  edited,
  onEnd,
}: Props<T>) {
  const body = useRef<HTMLDivElement>(null)
  const [margin, setMargin] = useState(0)
  const narrow = usePhone()
  const width = useWidth()
  const height = narrow ? phoneHeight : rowHeight
  const scroller = () => document.getElementById('main')
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: scroller,
    estimateSize: () => height,
    getItemKey: (i) => rowKey(rows[i]!),
    overscan: 12,
    scrollMargin: margin,
  })
  useLayoutEffect(() => {
    const main = scroller()
    if (!body.current || !main) return
    const top = body.current.getBoundingClientRect().top - main.getBoundingClientRect().top + main.scrollTop
    if (Math.abs(top - margin) > 1) setMargin(top)
  })
  useEffect(() => virtual.measure(), [height])
  const at = selected === undefined ? -1 : rows.findIndex((row) => rowKey(row) === selected)
  useEffect(() => {
    if (at >= 0) virtual.scrollToIndex(at, { align: 'auto' })
  }, [at])
  const items = virtual.getVirtualItems()
  const last = items.at(-1)?.index ?? 0
  useEffect(() => {
    if (last >= rows.length - 40) onEnd?.()
  }, [last, rows.length, onEnd])

  const shown = columns.filter((column) => !column.from || width >= column.from)
  const grid = { gridTemplateColumns: shown.map((column) => column.width).join(' ') }
  return (
    <div className="vtable" role="table" aria-label={label} aria-rowcount={(total ?? rows.length) + 1}>
      <div role="rowgroup" className={narrow ? 'vh' : undefined}>
        {/* biome-ignore lint/a11y/useFocusableInteractive: rows of a table, unlike those of a grid, take no focus */}
        <div className="vtable-head" role="row" aria-rowindex={1} style={grid}>
          {(narrow ? columns.slice(0, 1) : shown).map((column) => (
            // biome-ignore lint/a11y/useFocusableInteractive: a heading that does nothing
            <div key={column.id} role="columnheader" className={column.end ? 'r' : undefined}>
              {column.head}
            </div>
          ))}
        </div>
      </div>
      <div role="rowgroup" ref={body} style={{ height: virtual.getTotalSize(), position: 'relative' }}>
        {items.map((item) => {
          const row = rows[item.index]!
          const key = rowKey(row)
          return (
            // biome-ignore lint/a11y/useFocusableInteractive: the link inside takes the focus
            <div
              key={item.key}
              role="row"
              aria-rowindex={item.index + 2}
              aria-current={key === selected || undefined}
              data-row={key}
              className={`vtable-row${key === selected ? ' focus' : ''}${edited?.(row) ? ' edited' : ''}`}
              style={{
                ...(narrow ? {} : grid),
                height,
                transform: `translateY(${item.start - margin}px)`,
              }}
            >
              {narrow ? (
                <div role="cell" className="vtable-phone">
                  {phone(row)}
                </div>
              ) : (
                shown.map((column) => (
                  <div key={column.id} role="cell" className={column.end ? 'r num' : undefined}>
                    {column.cell(row)}
                  </div>
                ))
              )}
            </div>
          )
        })}
      </div>
    </div>
  )
}

function useWidth(): number {
  const [width, setWidth] = useState(innerWidth)
  useEffect(() => {
    const resized = () => setWidth(innerWidth)
    addEventListener('resize', resized)
    return () => removeEventListener('resize', resized)
  }, [])
  return width
}
