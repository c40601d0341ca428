import { type KeyboardEvent, type PointerEvent, useRef } from 'react'
import { percent } from './SplitBar'
import type { Tone } from './State'
import './dragbar.css'

export interface Share {
  id: string
  label: string
  /** In 100,000ths; all shares together make 100,000. */
  weight: number
  tone: Tone
  /** What it is now, where the change differs: drawn under it. */
  live?: number
}

const all = 100_000
/** Narrower than this (100,000ths), a share has no room for its label inside. */
const tight = 14_000

/** `shares` with the edge after share `at` moved to `edge` (100,000ths from the left): only its two neighbours change. */
export function moveEdge<T extends { weight: number }>(shares: readonly T[], at: number, edge: number): T[] {
  const before = shares.slice(0, at).reduce((sum, share) => sum + share.weight, 0)
  const room = shares[at]!.weight + shares[at + 1]!.weight
  const left = Math.min(room, Math.max(0, Math.round(edge) - before))
  return shares.map((share, i) =>
    i === at ? { ...share, weight: left } : i === at + 1 ? { ...share, weight: room - left } : share,
  )
}

/** Shares with a handle between each two: drag (whole percents), arrows 1, Shift 10, Home and End. */
export function DragBar({
  shares,
  onChange,
  edited,
  disabled,
  label,
}: {
  shares: Share[]
  onChange: (weights: number[]) => void
  edited?: boolean
  disabled?: boolean
  label: string
}) {
  const bar = useRef<HTMLDivElement>(null)
  const move = (at: number, edge: number) => onChange(moveEdge(shares, at, edge).map((share) => share.weight))
  const edgeOf = (at: number) => shares.slice(0, at + 1).reduce((sum, share) => sum + share.weight, 0)
  const liveEdge = (at: number) =>
    shares.slice(0, at + 1).reduce((sum, share) => sum + (share.live ?? share.weight), 0)

  const drag = (at: number) => (event: PointerEvent<HTMLButtonElement>) => {
    if (disabled || !bar.current) return
    if (event.type === 'pointerdown') event.currentTarget.setPointerCapture(event.pointerId)
    else if (!event.currentTarget.hasPointerCapture(event.pointerId)) return
    const box = bar.current.getBoundingClientRect()
    move(at, Math.round(((event.clientX - box.left) / box.width) * 100) * 1000)
  }
  const keys = (at: number) => (event: KeyboardEvent) => {
    if (disabled) return
    const step = (event.shiftKey ? 10 : 1) * 1000
    const next = {
      ArrowRight: edgeOf(at) + step,
      ArrowUp: edgeOf(at) + step,
      ArrowLeft: edgeOf(at) - step,
      ArrowDown: edgeOf(at) - step,
      Home: 0,
      End: all,
    }[event.key]
    if (next === undefined) return
    event.preventDefault()
    move(at, next)
  }

  return (
    <div className={`dragbar${edited ? ' edited' : ''}`} role="group" aria-label={label}>
      <div className="dragbar-track" ref={bar}>
        {shares.map((share) => (
          <div
            key={share.id}
            className={`dragbar-arm tone-${share.tone}${share.weight < tight ? ' tight' : share.weight < 36_000 ? ' snug' : ''}`}
            style={{ flex: `${share.weight} 0 0` }}
          >
            <span className="dragbar-label">
              <b>{share.label}</b> <span className="num">{percent(share.weight / 1000)}</span>
            </span>
          </div>
        ))}
        {shares.map((share, at) => {
          if (share.weight >= tight) return null
          const middle = (edgeOf(at) - share.weight / 2) / 1000
          const side = middle < 10 ? ' first' : middle > 90 ? ' last' : ''
          return (
            <span
              key={share.id}
              className={`dragbar-over${side}`}
              style={side ? undefined : { left: `${middle}%` }}
              aria-hidden="true"
            >
              <b>{share.label}</b> <span className="num">{percent(share.weight / 1000)}</span>
            </span>
          )
        })}
        {shares.slice(0, -1).map((share, at) => {
          const [from, to] = [liveEdge(at), edgeOf(at)].toSorted((a, b) => a - b) as [number, number]
          return from === to ? null : (
            <span
              key={share.id}
              className="dragbar-moved tone-edited"
              style={{ left: `${from / 1000}%`, width: `${(to - from) / 1000}%` }}
            />
          )
        })}
        {shares.slice(0, -1).map((share, at) => (
          <button
            key={share.id}
            type="button"
            role="slider"
            className="dragbar-knob"
            style={{ left: `${edgeOf(at) / 1000}%` }}
            aria-label={`${share.label}, against ${shares[at + 1]!.label}`}
            aria-valuemin={0}
            aria-valuemax={100}
            aria-valuenow={share.weight / 1000}
            aria-valuetext={`${share.label} ${percent(share.weight / 1000)}, ${shares[at + 1]!.label} ${percent(shares[at + 1]!.weight / 1000)}`}
            aria-disabled={disabled || undefined}
            onPointerDown={drag(at)}
            onPointerMove={drag(at)}
            onKeyDown={keys(at)}
          />
        ))}
        {shares.slice(0, -1).map((share, at) => {
          const live = liveEdge(at)
          return live === edgeOf(at) ? null : (
            <span key={share.id} className="dragbar-live" style={{ left: `${live / 1000}%` }}>
              now {percent((share.live ?? share.weight) / 1000)}
            </span>
          )
        })}
      </div>
    </div>
  )
}
