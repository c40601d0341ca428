import { useEffect, useRef } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { onTheme } from '@/shell/theme'
import type { Series, TimeSeriesProps } from './TimeSeries'
import { date, time } from './time'
import './plot.css'

/** As swatches are filled; a line needs more contrast than a field, so the third is told by its dashes. */
const strokes = {
  on: 'var(--state-on)',
  on2: 'color-mix(in srgb, var(--state-on) 60%, var(--surface))',
  on3: 'color-mix(in srgb, var(--state-on) 60%, var(--surface))',
  canary: 'var(--state-canary-line)',
  off: 'var(--border-control)',
  bad: 'var(--state-blocked)',
} as const
const dashes: Partial<Record<keyof typeof strokes, number[]>> = { on3: [2, 2], bad: [4, 2] }

export default function Plot({
  from,
  step,
  series,
  marks = [],
  height = 160,
  axes,
  sync,
  format = String,
  onHover,
  label,
}: TimeSeriesProps) {
  const host = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot>(undefined)
  const hover = useRef(onHover)
  hover.current = onHover
  const marked = useRef(marks)
  marked.current = marks
  const start = new Date(from).getTime() / 1000
  const data = [
    Array.from({ length: series[0]?.values.length ?? 0 }, (_, i) => start + i * step),
    ...series.map((each) => [...each.values]),
  ] as uPlot.AlignedData
  const latest = useRef(data)
  latest.current = data
  // Where the hour says nothing, the day does.
  const long = step * (series[0]?.values.length ?? 0) > 2 * 86_400
  const shape = series.map((each) => `${each.label}/${each.look ?? 'on'}`).join('|')

  useEffect(() => {
    const element = host.current!
    const build = () => {
      plot.current?.destroy()
      plot.current = new uPlot(
        options(element, series, { height, axes: !!axes, days: long, sync, format, marks: marked, hover }),
        latest.current,
        element,
      )
    }
    build()
    const resized = new ResizeObserver(() => plot.current?.setSize({ width: element.clientWidth, height }))
    resized.observe(element)
    const themed = onTheme(build)
    return () => {
      resized.disconnect()
      themed()
      plot.current?.destroy()
      plot.current = undefined
    }
  }, [shape, height, axes, long, sync])
  useEffect(() => plot.current?.setData(latest.current), [JSON.stringify(data)])

  return <div ref={host} className="plot-host" role="img" aria-label={label} style={{ height }} />
}

interface Around {
  height: number
  axes: boolean
  days: boolean
  sync: string | undefined
  format: (value: number) => string
  marks: { current: { at: string; label: string }[] }
  hover: { current: ((index: number | undefined) => void) | undefined }
}

function options(
  host: HTMLElement,
  series: Series[],
  { height, axes, days, sync, format, marks, hover }: Around,
): uPlot.Options {
  const colour = palette(host)
  const axis = {
    stroke: colour('var(--text-tertiary)'),
    grid: { stroke: colour('var(--border)'), width: 1 },
    ticks: { show: false },
    font: '11px "Inter Variable", sans-serif',
  }
  return {
    width: host.clientWidth,
    height,
    padding: axes ? [8, 8, 0, 0] : [3, 1, 1, 1],
    legend: { show: false },
    cursor: {
      y: false,
      drag: { x: false, y: false },
      points: { size: 6 },
      ...(sync ? { sync: { key: sync } } : {}),
    },
    scales: { x: { time: true }, y: { range: (_plot, _min, max) => [0, max > 0 ? max * 1.12 : 1] } },
    axes: axes
      ? [
          {
            ...axis,
            size: 26,
            ...(days ? { space: 64 } : {}),
            values: (_plot, ticks) => ticks.map((tick) => (days ? date : time)(new Date(tick * 1000))),
          },
          { ...axis, size: 46, space: 30, values: (_plot, ticks) => ticks.map(format) },
        ]
      : [{ show: false }, { show: false }],
    series: [
      {},
      ...series.map((each) => {
        const look = each.look ?? 'on'
        return {
          label: each.label,
          stroke: colour(strokes[look]),
          width: 1.5,
          points: { show: false },
          ...(dashes[look] ? { dash: dashes[look] } : {}),
          ...(look === 'on' && series.length === 1
            ? { fill: `color-mix(in srgb, ${colour(strokes.on)} 9%, transparent)` }
            : {}),
        }
      }),
    ],
    hooks: {
      setCursor: [(plot) => hover.current?.(plot.cursor.idx ?? undefined)],
      drawAxes: [
        (plot) => {
          const { ctx, bbox } = plot
          ctx.save()
          ctx.strokeStyle = colour(strokes.off)
          ctx.setLineDash([2 * devicePixelRatio, 2 * devicePixelRatio])
          ctx.lineWidth = devicePixelRatio
          for (const mark of marks.current) {
            const x = Math.round(plot.valToPos(new Date(mark.at).getTime() / 1000, 'x', true))
            if (x < bbox.left || x > bbox.left + bbox.width) continue
            ctx.beginPath()
            ctx.moveTo(x, bbox.top)
            ctx.lineTo(x, bbox.top + bbox.height)
            ctx.stroke()
          }
          ctx.restore()
        },
      ],
    },
  }
}

/** Colours of the page as canvas colours: a probe resolves light-dark(), which a custom property alone does not. */
function palette(host: HTMLElement): (colour: string) => string {
  const probe = document.createElement('i')
  host.append(probe)
  const known = new Map<string, string>()
  for (const colour of [...Object.values(strokes), 'var(--text-tertiary)', 'var(--border)']) {
    probe.style.color = colour
    known.set(colour, getComputedStyle(probe).color)
  }
  probe.remove()
  return (colour) => known.get(colour) ?? 'currentColor'
}
