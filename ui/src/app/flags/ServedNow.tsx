import type { FlagDetail } from '@/api/types'
import { percent } from '@/ui/SplitBar'
import { count, number, windowWords } from '@/ui/time'
import { ServedBar, VariationName } from './words'

/** What is served while nobody knows yet who would move: how many get what, and what else hangs on it. */
export function ServedNow({ detail, on }: { detail: FlagDetail; on: boolean }) {
  const { flag, targeting, served } = detail
  const off = flag.variations[targeting.offVariation ?? -1]
  const stay = served.shares.find((share) => share.variation === off?.id)?.contexts ?? 0
  const seen = served.shares.reduce((sum, share) => sum + share.contexts, 0)
  return (
    <div className="served-now">
      <ServedBar flag={flag} served={served.shares} size="l" />
      <p className="row between wrap s">
        {flag.variations.map((variation, i) => {
          const share = served.shares.find((each) => each.variation === variation.id)
          return share ? (
            <span key={variation.id} className="row num">
              <VariationName flag={flag} index={i} canary={served.shares.length > 1} />
              <b>{percent(share.percent)}</b>
            </span>
          ) : null
        })}
      </p>
      <p className="note">
        {seen === 0
          ? `Nobody asked for it in the last ${windowWords(served.windowSeconds)}.`
          : !on && off
            ? `${number(seen - stay)} of ${number(seen)} seen in the last ${windowWords(served.windowSeconds)} get ${off.id} instead of what they have now.`
            : `Served now to ${number(seen)} seen in the last ${windowWords(served.windowSeconds)}.`}
        {detail.usedBy.length > 0 &&
          ` It decides ${count(detail.usedBy.length, 'other resource')}: ${detail.usedBy.map((each) => `${each.kind} ${each.key}`).join(', ')}.`}
      </p>
    </div>
  )
}
