import { type ReactNode, useState } from 'react'
import type { Traffic } from '@/api/types'
import { Card } from '@/ui/Card'
import { TimeSeries } from '@/ui/TimeSeries'
import { count, number, time, timeSeconds } from '@/ui/time'

const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0)

/** Four plots over the window; the cursor of one reads all. */
export function Plots({ traffic }: { traffic: Traffic }) {
  const [at, setAt] = useState<number>()
  const { from, step, requests, errors, p95Ms, evaluations, now, revisions } = traffic
  const start = new Date(from).getTime()
  const end = new Date(start + requests.length * step * 1000)
  const perSecond = requests.map((n) => n / step)
  const asked = evaluations.map((n) => n / step)
  const failed = requests.map((n, i) => (n > 0 ? ((errors[i] ?? 0) / n) * 100 : null))
  const sum = total(requests)
  const marks = revisions.map((each) => ({ at: each.at, label: `r${each.number}` }))
  const there =
    at !== undefined && requests[at] !== undefined
      ? timeSeconds(new Date(start + at * step * 1000))
      : undefined
  const read = (values: readonly (number | null)[], latest: number | undefined | null) => {
    const value = there ? values[at!] : latest
    return value === null || value === undefined ? '–' : number(value)
  }
  const common = { from, step, marks, height: 46, sync: 'home', onHover: setAt }
  const window = `${Math.round((requests.length * step) / 60)} min`

  return (
    <Card label="Traffic" flush>
      <div className="plots">
        <Tile
          title="Requests"
          value={read(perSecond, now.requestsPerSecond)}
          unit="/s"
          sub={there ?? `${count(sum, 'request')} in ${window}`}
        >
          <TimeSeries
            {...common}
            label={`Requests a second, now ${number(now.requestsPerSecond)}`}
            series={[{ label: 'requests', values: perSecond }]}
          />
        </Tile>
        <Tile
          title="Errors"
          value={read(failed, now.errorPercent)}
          unit="%"
          sub={there ?? `${count(total(errors), 'answer')} of 5xx in ${window}`}
        >
          <TimeSeries
            {...common}
            label={`Errors in percent, now ${number(now.errorPercent)}`}
            series={[{ label: 'errors', values: failed, look: 'bad' }]}
          />
        </Tile>
        <Tile
          title="Slowest 5 %"
          value={read(p95Ms, now.p95Ms)}
          unit="ms"
          sub={there ?? 'p95 over all routes'}
        >
          <TimeSeries
            {...common}
            label={`p95 in milliseconds, now ${now.p95Ms === undefined ? 'unknown' : number(now.p95Ms)}`}
            series={[{ label: 'p95', values: p95Ms }]}
          />
        </Tile>
        <Tile
          title="Evaluations"
          value={read(asked, now.evaluationsPerSecond)}
          unit="/s"
          sub={there ?? 'flags asked for, by gateway and SDKs'}
        >
          <TimeSeries
            {...common}
            label={`Evaluations a second, now ${number(now.evaluationsPerSecond)}`}
            series={[{ label: 'evaluations', values: asked }]}
          />
        </Tile>
      </div>
      <div className="legend xs t3 num">
        <span>
          {time(from)} to {time(end)}
        </span>
        {revisions.length > 0 && (
          <span>
            dotted lines:{' '}
            {revisions
              .slice(0, 6)
              .map((each) => `r${each.number} ${time(each.at)}`)
              .join(', ')}
          </span>
        )}
      </div>
    </Card>
  )
}

function Tile({
  title,
  value,
  unit,
  sub,
  children,
}: {
  title: string
  value: string
  unit: string
  sub: string
  children: ReactNode
}) {
  return (
    <div className="plot">
      <div className="s t2">{title}</div>
      <div className="plot-value">
        {value} <span>{unit}</span>
      </div>
      <div className="xs t3 num ell">{sub}</div>
      {children}
    </div>
  )
}
