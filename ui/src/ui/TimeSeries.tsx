import { lazy, Suspense } from 'react'
import type { Tone } from './State'

export interface Series {
  label: string
  values: readonly (number | null)[]
  look?: Exclude<Tone, 'edited'> | 'bad'
}
export interface TimeSeriesProps {
  /** RFC 3339 time of the first bucket, and seconds a bucket. */
  from: string
  step: number
  series: Series[]
  /** Dotted lines: revisions. */
  marks?: { at: string; label: string }[]
  height?: number
  /** Draws axes; without them only the line. */
  axes?: boolean
  /** Plots with the same name share their cursor. */
  sync?: string
  format?: (value: number) => string
  /** The bucket under the cursor, or none. */
  onHover?: (index: number | undefined) => void
  label: string
}

const Plot = lazy(() => import('./Plot'))

/** Values over time with a cursor. uPlot comes with the first one on screen. */
export function TimeSeries(props: TimeSeriesProps) {
  const height = props.height ?? 160
  return (
    <Suspense fallback={<div style={{ height }} />}>
      <Plot {...props} height={height} />
    </Suspense>
  )
}
