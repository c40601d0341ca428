import { type ReactNode, useLayoutEffect, useRef } from 'react'
import './tabs.css'

/** Parts of a page, each a link with a URL of its own. Children are links; `aria-current` marks the open one. */
export function Tabs({ label, children }: { label: string; children: ReactNode }) {
  const nav = useRef<HTMLElement>(null)
  // On a phone they scroll: the open one stands where it is seen.
  useLayoutEffect(() => {
    const row = nav.current
    const open = row?.querySelector<HTMLElement>('[aria-current]')
    if (!row || !open || row.scrollWidth <= row.clientWidth) return
    row.scrollLeft = open.offsetLeft - row.offsetLeft - (row.clientWidth - open.offsetWidth) / 2
  })
  return (
    <nav className="tabs" aria-label={label} ref={nav}>
      {children}
    </nav>
  )
}
