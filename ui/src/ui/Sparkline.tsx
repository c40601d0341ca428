import type { Tone } from './State'
import './sparkline.css'

const stroke: Record<Tone, string> = {
  on: '',
  on2: '',
  on3: 'grey',
  canary: 'canary',
  off: 'grey',
  edited: 'edited',
}

/** The course of a few dozen values, without axes: for a table's cell. */
export function Sparkline({
  values,
  tone = 'on',
  label,
  width = 84,
  height = 18,
}: {
  values: readonly number[]
  tone?: Tone
  label: string
  width?: number
  height?: number
}) {
  const top = Math.max(1, ...values)
  const x = (i: number) => ((i / Math.max(1, values.length - 1)) * width).toFixed(1)
  const y = (value: number) => (height - 1.5 - (value / top) * (height - 3)).toFixed(1)
  return (
    <svg
      className="spark"
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      role="img"
      aria-label={label}
    >
      {values.length > 1 && (
        <path className={stroke[tone]} d={`M${values.map((value, i) => `${x(i)} ${y(value)}`).join('L')}`} />
      )}
    </svg>
  )
}
