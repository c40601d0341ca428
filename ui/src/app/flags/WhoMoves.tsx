import type { Edit } from '@/api/types'
import { useScope } from '@/scope'
import { Card } from '@/ui/Card'
import { Failure } from '@/ui/Feedback'
import { percent } from '@/ui/SplitBar'
import { SampleNote } from '../impact/Affected'
import { FlagMoves } from '../impact/FlagMoves'
import { useImpact } from '../impact/queries'
import { canaryShare, sharesOf } from './rollout'
import type { FlagDraft } from './useFlagDraft'

/** Who gets something else by what the member's change does to this flag; follows a drag. */
export function WhoMoves({ draft }: { draft: FlagDraft }) {
  const { environment } = useScope()
  const { key } = draft.liveFlag
  const edits: Edit[] = [
    ...draft.flagOps.map((op) => ({ target: { kind: 'flag' as const, key }, op })),
    ...draft.ops.map((op) => ({
      target: { kind: 'targeting' as const, environment: environment.key, key },
      op,
    })),
  ]
  const impact = useImpact(edits, { examples: 20 })
  if (edits.length === 0) return null
  const flag = impact.data?.flags.find((each) => each.flag === key)
  const others = impact.data?.flags.filter((each) => each.flag !== key && each.moved > 0) ?? []
  return (
    <Card edited title="Who moves" more={<Shift draft={draft} />}>
      <div className="stack tight" aria-live="polite" aria-busy={impact.isPlaceholderData || undefined}>
        {flag ? (
          <FlagMoves flag={flag} />
        ) : impact.error ? (
          <Failure error={impact.error} />
        ) : impact.data ? (
          <p className="t2">Nobody was seen who would get something else.</p>
        ) : (
          <p className="t3">Counting…</p>
        )}
        {others.map((each) => (
          <FlagMoves key={each.flag} flag={each} named small />
        ))}
        {impact.data && <SampleNote impact={impact.data} />}
      </div>
    </Card>
  )
}

/** "10 % → 25 %", where the change moves the one percentage that stands for the flag. */
function Shift({ draft }: { draft: FlagDraft }) {
  const before = canaryShare(draft.live.fallthrough)
  const after =
    before && sharesOf(draft.targeting.fallthrough).find((each) => each.variation === before.variation)
  if (!before || !after || before.weight === after.weight) return null
  return (
    <span className="num">
      {percent(before.weight / 1000)} → <b>{percent(after.weight / 1000)}</b>
    </span>
  )
}
