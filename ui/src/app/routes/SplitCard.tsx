import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import type { EditOp, Route, RouteDetail } from '@/api/types'
import { flagQuery } from '@/app/flags/queries'
import { setShare, sharesOf, withWeights } from '@/app/flags/rollout'
import { ShareField } from '@/app/flags/ServeEditor'
import { useFlagDraft } from '@/app/flags/useFlagDraft'
import { useScope } from '@/scope'
import { Button } from '@/ui/Button'
import { Card } from '@/ui/Card'
import { DragBar } from '@/ui/DragBar'
import { Sparkline } from '@/ui/Sparkline'
import { percent, SplitBar } from '@/ui/SplitBar'
import { Swatch } from '@/ui/State'
import { Table } from '@/ui/Table'
import { number, windowWords } from '@/ui/time'
import { armId } from './split'
import { actionWords, armTone } from './words'

interface Props {
  detail: RouteDetail
  draft: Route
  edited: boolean
  refused: string | undefined
  /** Why its weights can't be changed. */
  weightsRefused: string | undefined
  onAdd: (op: EditOp) => void
  onArm: (arm: string) => void
}

/** How a route divides its requests: handles between the weights, or the flag that decides. */
export function SplitCard({ detail, draft, edited, refused, weightsRefused, onAdd, onArm }: Props) {
  const { split } = draft
  return (
    <Card
      flush
      edited={edited}
      title={
        <>
          Split{' '}
          <span className="n">
            {split.by === 'flag'
              ? `one arm for each variation of ${split.flag}`
              : `by weight, on ${split.contextKind}.${split.bucketBy}`}
          </span>
        </>
      }
      more={`requests, last ${windowWords(detail.windowSeconds)}`}
    >
      <div className="card-body">
        {split.by === 'weight' ? (
          <Weights {...{ detail, split, edited, onAdd }} refused={weightsRefused} />
        ) : (
          <ByFlag detail={detail} flag={split.flag} />
        )}
      </div>
      <Table
        label="Arms"
        className="arms"
        head={
          <>
            <th>Arm</th>
            <th>Leads to</th>
            <th className="r">req/s</th>
            <th>
              <span className="vh">Course</span>
            </th>
            <th className="r">Errors</th>
            <th className="r">p50</th>
            <th className="r">p95</th>
            <th>Healthy</th>
            <th>When down</th>
            <th>
              <span className="vh">Actions</span>
            </th>
          </>
        }
      >
        {split.arms.map((arm, i) => {
          const id = armId(arm)
          const seen = detail.arms.find((each) => each.arm === id)
          const live = detail.route.split.arms.find((each) => armId(each) === id)
          const leads = actionWords(arm.action)
          const was = live && actionWords(live.action)
          const down = (fallback?: string) => (fallback ? `falls back to ${fallback}` : 'fails')
          return (
            <tr key={id}>
              <td>
                <Swatch tone={armTone(i, split.arms.length, split.by)}>{id}</Swatch>
              </td>
              <td>
                {was !== undefined && was !== leads && <s className="was">{was}</s>}{' '}
                {was === leads ? leads : <span className="ed">{leads}</span>}
              </td>
              <td className="r">{seen ? number(seen.requestsPerSecond) : ''}</td>
              <td>
                {seen && (
                  <Sparkline
                    values={seen.series}
                    tone={armTone(i, split.arms.length, split.by)}
                    label={`Requests of ${id}`}
                  />
                )}
              </td>
              <td className="r">{seen ? percent(seen.errorPercent) : ''}</td>
              <td className="r">{seen?.p50Ms === undefined ? '' : `${number(seen.p50Ms)} ms`}</td>
              <td className="r">{seen?.p95Ms === undefined ? '' : `${number(seen.p95Ms)} ms`}</td>
              <td>
                {seen && seen.endpoints.total > 0
                  ? `${seen.endpoints.healthy} of ${seen.endpoints.total}`
                  : ''}
              </td>
              <td>
                {live && live.fallback !== arm.fallback ? (
                  <>
                    <s className="was">{down(live.fallback)}</s>{' '}
                    <span className="ed">{down(arm.fallback)}</span>
                  </>
                ) : (
                  down(arm.fallback)
                )}
              </td>
              <td className="r">
                <Button small look="quiet" refused={refused} onClick={() => onArm(id)}>
                  Edit<span className="vh"> arm {id}</span>
                </Button>
              </td>
            </tr>
          )
        })}
      </Table>
    </Card>
  )
}

function Weights({
  detail,
  split,
  edited,
  refused,
  onAdd,
}: {
  detail: RouteDetail
  split: Extract<Route['split'], { by: 'weight' }>
  edited: boolean
  refused: string | undefined
  onAdd: (op: EditOp) => void
}) {
  const { arms } = split
  const before = detail.route.split
  const live = before.by === 'weight' ? before.arms : []
  const set = (weights: number[]) =>
    onAdd({ type: 'setWeights', weights: Object.fromEntries(arms.map((arm, i) => [arm.id, weights[i]!])) })
  if (arms.length === 1) return <p className="t2">Everything goes to {actionWords(arms[0]!.action)}.</p>
  return (
    <>
      <DragBar
        label="Weights of the arms"
        edited={edited}
        disabled={!!refused}
        shares={arms.map((arm, i) => ({
          id: arm.id,
          label: arm.id,
          weight: arm.weight,
          tone: armTone(i, arms.length, 'weight'),
          live: live.find((each) => each.id === arm.id)?.weight ?? 0,
        }))}
        onChange={set}
      />
      <div className="shares">
        {arms.map((arm, i) => (
          <span key={arm.id} className="one">
            <Swatch tone={armTone(i, arms.length, 'weight')}>{arm.id}</Swatch>
            <ShareField
              label={`Weight of ${arm.id}`}
              weight={arm.weight}
              disabled={!!refused}
              onChange={(weight) =>
                set(
                  setShare(
                    arms.map((each) => each.weight),
                    i,
                    weight,
                  ),
                )
              }
            />
          </span>
        ))}
        <p className="note desk">Drag, arrow keys 1, with Shift 10, or type.</p>
      </div>
    </>
  )
}

/** What the flag serves here; its percentage for everyone else is at hand where it has one. */
function ByFlag({ detail, flag }: { detail: RouteDetail; flag: string }) {
  const { project, environment } = useScope()
  const params = useParams({ from: '/p/$project/$environment' })
  const { data } = useQuery(flagQuery(project.key, environment.key, flag))
  return (
    <>
      <SplitBar
        size="l"
        parts={detail.arms.map((arm, i) => ({
          id: arm.arm,
          percent: arm.sharePercent,
          tone: armTone(i, detail.arms.length, 'flag'),
        }))}
      />
      <p className="split-words" style={{ marginTop: 6 }}>
        {detail.arms.map((arm) => (
          <span key={arm.arm} className="num">
            <b>{arm.arm}</b> {percent(arm.sharePercent)} → {arm.leadsTo}
          </span>
        ))}
        <Link className="link" to="/p/$project/$environment/flags/$flag" params={{ ...params, flag }}>
          Rules of {flag}
        </Link>
      </p>
      {data && <FlagHandle detail={data} arms={detail.arms.map(({ arm }) => arm)} />}
    </>
  )
}

function FlagHandle({ detail, arms }: { detail: Parameters<typeof useFlagDraft>[0]; arms: string[] }) {
  const draft = useFlagDraft(detail)
  const { rollout } = draft.targeting.fallthrough
  if (!rollout || rollout.variations.length < 2) return null
  const live = sharesOf(draft.live.fallthrough)
  return (
    <div style={{ marginTop: 14 }}>
      <h3>Everyone else in {detail.flag.key}</h3>
      <DragBar
        label={`Everyone else in ${detail.flag.key}`}
        edited={draft.has('setServe', 'serve:')}
        disabled={!!draft.refuses('percentage')}
        shares={rollout.variations.map((each) => ({
          id: String(each.variation),
          label: detail.flag.variations[each.variation]?.id ?? '',
          weight: each.weight,
          tone: armTone(arms.indexOf(detail.flag.variations[each.variation]?.id ?? ''), arms.length, 'flag'),
          live: live.find((share) => share.variation === each.variation)?.weight ?? 0,
        }))}
        onChange={(weights) => draft.set({ type: 'setServe', serve: withWeights(rollout, weights) })}
      />
    </div>
  )
}
