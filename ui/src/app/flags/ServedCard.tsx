import { useQuery } from '@tanstack/react-query'
import { trafficQuery } from '@/api/queries'
import type { FlagDetail } from '@/api/types'
import { useAsOf, useScope } from '@/scope'
import { Chip } from '@/ui/Button'
import { Card } from '@/ui/Card'
import { Sentence } from '@/ui/Sentence'
import { percent } from '@/ui/SplitBar'
import { type Series, TimeSeries } from '@/ui/TimeSeries'
import { number, windowWords } from '@/ui/time'
import { flagTrafficQuery } from './queries'
import { canaryShare, sharesOf, variationTone } from './rollout'
import type { FlagDraft } from './useFlagDraft'
import { isPartial, ServedBar, VariationName } from './words'

/** How a variation is drawn in a plot. */
export function variationLook(
  flag: FlagDetail['flag'],
  variation: string,
  canary = false,
): NonNullable<Series['look']> {
  const at = flag.variations.findIndex((each) => each.id === variation)
  return variationTone(flag, at, canary)
}

/** The whole flag in a sentence, and what was really served. */
export function ServedCard({
  detail,
  draft,
  seconds,
  onSeconds,
}: {
  detail: FlagDetail
  draft: FlagDraft
  seconds: number
  onSeconds: (seconds: number) => void
}) {
  const { project, environment } = useScope()
  const { flag, served } = detail
  const then = useAsOf()
  const canary = isPartial(flag, served.shares)
  const { data } = useQuery(flagTrafficQuery(project.key, environment.key, flag.key, seconds))
  const { data: around } = useQuery(trafficQuery(project.key, environment.key, seconds))
  return (
    <Card label="What it does">
      <p className="sentence">
        <Sentence parts={detail.sentence} />
        <InYourChange draft={draft} />
      </p>
      {then === undefined && (
        <div style={{ marginTop: 14 }}>
          <ServedBar flag={flag} served={served.shares} size="l" />
          <div className="legend-row s">
            {flag.variations.map((variation, i) => {
              const share = served.shares.find((each) => each.variation === variation.id)
              return share ? (
                <span key={variation.id} className="row">
                  <VariationName flag={flag} index={i} canary={canary} />
                  <b className="num">{percent(share.percent)}</b>
                  <span className="t3 num desk">{number(share.contexts)} seen</span>
                </span>
              ) : null
            })}
            <span className="note">
              {served.sample > 0
                ? `served in the last ${windowWords(served.windowSeconds)}, sample ${number(served.sample)}`
                : `nobody asked for it in the last ${windowWords(served.windowSeconds)}`}
            </span>
          </div>
        </div>
      )}
      {then !== undefined && <p className="note">What was served then is not shown here.</p>}
      {then === undefined && data && data.variations.length > 0 && (
        <div className="desk" style={{ marginTop: 12 }}>
          <div className="row between">
            <h2>Evaluations a second</h2>
            <div className="row" role="group" aria-label="Time shown">
              {[900, 3600].map((each) => (
                <Chip key={each} pressed={seconds === each} onClick={() => onSeconds(each)}>
                  {windowWords(each)}
                </Chip>
              ))}
            </div>
          </div>
          <TimeSeries
            axes
            height={132}
            from={data.from}
            step={data.step}
            label={`Evaluations a second of each variation over the last ${windowWords(seconds)}`}
            format={(value) => number(value)}
            marks={around?.revisions.map((each) => ({ at: each.at, label: `r${each.number}` })) ?? []}
            series={data.variations.map(({ variation, evaluations }) => ({
              label: variation,
              values: evaluations.map((each) => each / data.step),
              look: variationLook(flag, variation, canary),
            }))}
          />
        </div>
      )}
    </Card>
  )
}

/** ", 25 % in your change": what the percentage, or on and off, will be. */
function InYourChange({ draft }: { draft: FlagDraft }) {
  const words = draftWords(draft)
  return words ? (
    <>
      {' '}
      <span className="ed nowrap">{words} in your change</span>
    </>
  ) : null
}

export function draftWords(draft: FlagDraft): string | undefined {
  if (draft.targeting.on !== draft.live.on) return draft.targeting.on ? 'On' : 'Off'
  const before = canaryShare(draft.live.fallthrough)
  const shares = sharesOf(draft.targeting.fallthrough)
  const after = before && shares.find((each) => each.variation === before.variation)
  if (before && draft.has('setServe', 'serve:')) return percent((after?.weight ?? 0) / 1000)
  const edits = draft.ops.length + draft.flagOps.length
  return edits ? `${edits} ${edits === 1 ? 'edit' : 'edits'}` : undefined
}
