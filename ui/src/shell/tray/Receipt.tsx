import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { nodesQuery } from '@/api/queries'
import { refusal, useScope } from '@/scope'
import { Button, IconButton } from '@/ui/Button'
import { Sentence } from '@/ui/Sentence'
import { Shape } from '@/ui/State'
import { count } from '@/ui/time'
import { type ReceiptOf, showReceipt } from './receipts'
import './tray.css'

/** After Apply: which revision, on how many data planes by now, and the way back. */
export default function Receipt({ receipt }: { receipt: ReceiptOf }) {
  const scope = useScope()
  const navigate = useNavigate()
  const { data, isFetching } = useQuery(nodesQuery(receipt.project, receipt.environment))
  const { number, edits } = receipt.revision
  const nodes = data?.nodes.filter((node) => node.state !== 'gone') ?? []
  const refused = nodes.find((node) => node.state === 'refused' && node.revision <= number)
  const arrived = nodes.filter((node) => node.state === 'acknowledged' && node.revision >= number).length
  // A description or an owner: nothing that a data plane is sent.
  const quiet = data !== undefined && !isFetching && data.revision < number
  const all = quiet || (nodes.length > 0 && arrived === nodes.length)
  const params = { project: receipt.project, environment: receipt.environment }
  return (
    <section className="receipt" role="status" aria-label={`Receipt of r${number}`}>
      <p className="row">
        <span className={`st ${refused ? 'blocked' : all ? 'on' : 'canary'}`}>
          <Shape kind={refused ? 'blocked' : all ? 'on' : 'waiting'} size={14} />
        </span>
        <b>
          <Link to="/p/$project/$environment/history" params={params} search={{ r: number }}>
            r{number}
          </Link>
        </b>
        <span className="grow num">
          {quiet
            ? 'applied; data planes act as before'
            : nodes.length > 0
              ? `on ${arrived} of ${count(nodes.length, 'data plane')}`
              : 'applied; no data plane has said anything yet'}
        </span>
        <IconButton icon="close" label="Close receipt" onClick={() => showReceipt(undefined)} />
      </p>
      {refused && (
        <p className="s">
          <b>{refused.id} refused it:</b> {refused.reason ?? 'no reason given'}
        </p>
      )}
      {edits[0] && (
        <p className="s t2">
          <Sentence parts={edits[0].sentence} />
          {edits.length > 1 && ` and ${edits.length - 1} more`}
        </p>
      )}
      <div className="row">
        <Button
          small
          icon="undo"
          refused={scope.can('revert') ? undefined : refusal('revert', scope.member)}
          onClick={() => {
            showReceipt(undefined)
            void navigate({
              to: '/p/$project/$environment/history',
              params,
              search: { r: number, do: 'revert' },
            })
          }}
        >
          Revert…
        </Button>
      </div>
    </section>
  )
}
