import type { ReactNode } from 'react'
import './state.css'

/** What a thing is right now. Each has a shape of its own, so that no state is told by colour alone. */
export type StateKind = 'on' | 'off' | 'canary' | 'blocked' | 'edited' | 'warn' | 'held' | 'done' | 'waiting'

const shapes: Record<StateKind, ReactNode> = {
  on: <circle cx="7" cy="7" r="5.500" fill="currentColor" />,
  off: <circle cx="7" cy="7" r="4.750" fill="none" stroke="currentColor" strokeWidth="1.500" />,
  canary: (
    <>
      <circle cx="7" cy="7" r="5" fill="none" stroke="currentColor" strokeWidth="1.300" />
      <path
        d="M2.600 9.200 9.200 2.600M4.400 11.400l7-7M3 5.400 5.400 3M8.600 11 11 8.600"
        stroke="currentColor"
        strokeWidth="1.200"
      />
    </>
  ),
  blocked: (
    <>
      <path d="M4.400.8h5.200l3.600 3.600v5.200l-3.600 3.600H4.400L.8 9.600V4.400z" fill="currentColor" />
      <path d="M3.600 7h6.800" stroke="var(--surface)" strokeWidth="2" />
    </>
  ),
  edited: (
    <path
      d="M8.800 2.200l3 3L5 12H2V9z"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.500"
      strokeLinejoin="round"
    />
  ),
  warn: (
    <>
      <path
        d="M7 1.200 13.300 12.400H.7z"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.500"
        strokeLinejoin="round"
      />
      <path d="M7 5.200v3.400M7 10.200v.6" stroke="currentColor" strokeWidth="1.500" />
    </>
  ),
  held: <path d="M3.500 2h2.400v10H3.500zM8.100 2h2.400v10H8.100z" fill="currentColor" />,
  done: (
    <path
      d="M2.500 7.500l3 3L11.500 4"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.600"
      strokeLinecap="round"
      strokeLinejoin="round"
    />
  ),
  waiting: (
    <>
      <circle cx="7" cy="7" r="5.250" fill="none" stroke="currentColor" strokeWidth="1.400" />
      <path d="M7 4v3.200l2 1.300" fill="none" stroke="currentColor" strokeWidth="1.400" />
    </>
  ),
}

export function Shape({ kind, size = 13 }: { kind: StateKind; size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 14 14" aria-hidden="true">
      {shapes[kind]}
    </svg>
  )
}

/** Shape, word and colour together; `pill` gives it the edge used beside titles. */
export function State({ kind, pill, children }: { kind: StateKind; pill?: boolean; children: ReactNode }) {
  return (
    <span className={`st ${kind}${pill ? ' pill' : ''}`}>
      <Shape kind={kind} />
      {children}
    </span>
  )
}

/** How a variation or an arm is drawn wherever it appears: solid, two lighter solids, hatch, hollow, or purple hatch. */
export type Tone = 'on' | 'on2' | 'on3' | 'canary' | 'off' | 'edited'

/** A variation's or arm's name with its swatch. */
export function Swatch({ tone, children }: { tone: Tone; children: ReactNode }) {
  return (
    <span className="swatch">
      <i className={`tone-${tone}`} aria-hidden="true" />
      {children}
    </span>
  )
}

export const Tag = ({ children }: { children: ReactNode }) => <span className="tag">{children}</span>
