import type { Tone } from './State'
import './splitbar.css'

export interface Part {
  id: string
  percent: number
  tone: Tone
  label?: string
}

/** Shares side by side. `size` s fits a table's row, l stands alone. */
export function SplitBar({
  parts,
  size = 's',
  label,
}: {
  parts: Part[]
  size?: 's' | 'm' | 'l'
  label?: string
}) {
  const said = label ?? parts.map((part) => `${part.label ?? part.id} ${percent(part.percent)}`).join(', ')
  return (
    <div className={`bar ${size}`} role="img" aria-label={said || 'nothing served'}>
      {parts.length === 0 && <i className="tone-off" style={{ flex: 1 }} />}
      {parts
        .filter((part) => part.percent > 0)
        .map((part) => (
          <i key={part.id} className={`tone-${part.tone}`} style={{ flex: `${part.percent} 0 0` }} />
        ))}
    </div>
  )
}

/** "10 %", "37.5 %", "0.25 %": as many digits as matter, never rounded up to 100 or down to 0. */
export function percent(value: number): string {
  if (value > 0 && value < 0.01) return 'under 0.01 %'
  if (value < 100 && value > 99.99) return 'over 99.99 %'
  const digits = value < 1 || value > 99 ? 2 : value < 10 ? 2 : 1
  return `${Number(value.toFixed(digits))} %`
}
