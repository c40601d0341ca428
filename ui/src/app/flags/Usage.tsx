import { useQuery } from '@tanstack/react-query'
import type { FlagDetail, FlagUsage } from '@/api/types'
import { useScope } from '@/scope'
import { Chip } from '@/ui/Button'
import { Card } from '@/ui/Card'
import { ErrorState, Skeleton } from '@/ui/Feedback'
import { Table } from '@/ui/Table'
import { TimeSeries } from '@/ui/TimeSeries'
import { ago, number, when } from '@/ui/time'
import { Code } from './Code'
import { flagUsageQuery } from './queries'
import { variationLook } from './ServedCard'
import { isPartial, VariationName } from './words'

const spans = [7, 30, 90, 400]

/** Over days: what was served, to whom, what people did then; and the code that names the flag. */
export default function Usage({
  detail,
  days,
  onDays,
}: {
  detail: FlagDetail
  days: number
  onDays: (days: number) => void
}) {
  const { project, environment } = useScope()
  const { data, error, refetch } = useQuery(
    flagUsageQuery(project.key, environment.key, detail.flag.key, days),
  )
  return (
    <div className="stack">
      <Card
        title="Evaluations"
        more={
          <div className="row" role="group" aria-label="Days shown">
            {spans.map((each) => (
              <Chip key={each} pressed={days === each} onClick={() => onDays(each)}>
                {each} days
              </Chip>
            ))}
          </div>
        }
      >
        {error && !data ? (
          <ErrorState error={error} onRetry={() => void refetch()} />
        ) : data ? (
          <Served detail={detail} usage={data} days={days} />
        ) : (
          <Skeleton rows={4} />
        )}
      </Card>
      {data && (
        <div className="grid two">
          <Askers usage={data} isNew={detail.served.sample > 0} />
          <Outcomes usage={data} />
        </div>
      )}
      <Code flag={detail.flag.key} />
    </div>
  )
}

const sum = (counts: number[]) => counts.reduce((all, each) => all + each, 0)

function Served({ detail, usage, days }: { detail: FlagDetail; usage: FlagUsage; days: number }) {
  if (usage.variations.length === 0)
    return (
      <p className="note">
        {detail.served.sample > 0
          ? 'It was asked for in the last minutes. Counts come here each minute.'
          : `Nobody asked for it here in ${days} days. Counts arrive with the SDKs’ events, and are kept each minute.`}
      </p>
    )
  const each = usage.step === 86_400 ? 'day' : 'hour'
  const { flag, served } = detail
  const canary = isPartial(flag, served.shares)
  return (
    <>
      <TimeSeries
        axes
        height={160}
        from={usage.from}
        step={usage.step}
        label={`Evaluations of each variation by ${each} over ${days} days`}
        format={number}
        series={usage.variations.map(({ variation, evaluations }) => ({
          label: variation,
          values: evaluations,
          look: variationLook(flag, variation, canary),
        }))}
      />
      <div className="legend-row s">
        {usage.variations.map(({ variation, evaluations }) => (
          <span key={variation} className="row">
            <VariationName
              flag={flag}
              index={flag.variations.findIndex(({ id }) => id === variation)}
              canary={canary}
            />
            <b className="num">{number(sum(evaluations))}</b>
          </span>
        ))}
        <span className="note">By {each}, UTC.</span>
      </div>
    </>
  )
}

function Askers({ usage, isNew }: { usage: FlagUsage; isNew: boolean }) {
  return (
    <Card flush title="Who asks for it">
      {usage.askers.length === 0 ? (
        <p className="note card-body">
          {isNew ? 'Who asks for it is said within a minute.' : 'No application has asked for it yet.'}
        </p>
      ) : (
        <Table
          label="Applications that ask for it"
          head={
            <>
              <th>Application or SDK</th>
              <th className="r">Asked</th>
              <th className="r">Last</th>
            </>
          }
        >
          {usage.askers.map((asker) => (
            <tr key={asker.by}>
              <td className="mono">{asker.by || 'not said'}</td>
              <td className="r">{number(asker.count)}</td>
              <td className="r" title={`first ${when(asker.first)}`}>
                {ago(asker.last)}
              </td>
            </tr>
          ))}
        </Table>
      )}
    </Card>
  )
}

function Outcomes({ usage }: { usage: FlagUsage }) {
  return (
    <Card flush title="What people did then">
      {usage.outcomes.length === 0 ? (
        <p className="note card-body">
          No custom events of people who were served it. They are counted where the flag’s events are tracked.
        </p>
      ) : (
        <Table
          label="Custom events of those who were served it"
          head={
            <>
              <th>Event</th>
              <th>Served</th>
              <th className="r">Events</th>
              <th className="r">Sum</th>
              <th className="r">Mean</th>
            </>
          }
        >
          {usage.outcomes.map((outcome) => (
            <tr key={`${outcome.event} ${outcome.variation}`}>
              <td className="mono">{outcome.event}</td>
              <td className="mono">{outcome.variation}</td>
              <td className="r">{number(outcome.count)}</td>
              <td className="r">{number(outcome.total)}</td>
              <td className="r">{number(outcome.total / outcome.count)}</td>
            </tr>
          ))}
        </Table>
      )}
    </Card>
  )
}
