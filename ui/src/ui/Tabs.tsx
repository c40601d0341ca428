import type { ReactNode } from 'react'
import './tabs.css'

/** Parts of a page, each a link with a URL of its own. Children are links; `aria-current` marks the open one. */
export function Tabs({ label, children }: { label: string; children: ReactNode }) {
  return (
    <nav className="tabs" aria-label={label}>
      {children}
    </nav>
  )
}
