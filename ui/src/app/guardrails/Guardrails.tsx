import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { Guardrail, Manifest } from '@/api/types'
import { refusal, useScope } from '@/scope'
import { useTray } from '@/shell/tray/useTray'
import { Button } from '@/ui/Button'
import { Card } from '@/ui/Card'
import { EmptyState, ErrorState, Skeleton } from '@/ui/Feedback'
import { State } from '@/ui/State'
import { OwnerName } from '../people/people'
import { drafted } from '../resources/drafted'
import { GuardrailSheet } from './GuardrailSheet'
import { guardrailsQuery, packQuery } from './queries'
import './guardrails.css'

interface Shown {
  guardrail: Guardrail
  /** What the member's change does to it. */
  state?: 'same' | 'edited' | 'gone'
}

/** The project's guardrails, and good ones to start with. */
export default function Guardrails() {
  const { project, can, member } = useScope()
  const from = '/p/$project/$environment/settings'
  const { guardrail: open } = useSearch({ from })
  const navigate = useNavigate({ from })
  const list = useQuery(guardrailsQuery(project.key))
  const pack = useQuery(packQuery(project.key))
  const tray = useTray()
  const refused = can('administer') ? undefined : refusal('administer', member)
  const edit = (key: string | undefined) =>
    void navigate({
      search: (old) => ({ ...old, guardrail: key }),
      replace: true,
      resetScroll: false,
    })
  const put = (guardrail: Guardrail) =>
    tray.addEdit({
      target: { kind: 'guardrail', key: guardrail.key },
      op: { type: 'put', resource: { ...guardrail, kind: 'guardrail' } as unknown as Manifest },
    })
  if (list.isError && !list.data) return <ErrorState error={list.error} onRetry={() => void list.refetch()} />
  if (!list.data) return <Skeleton rows={6} />
  // What the member's change adds stands in the list too.
  const own = tray.edits.filter((each) => each.target.kind === 'guardrail')
  const keys = [...new Set([...list.data.map((each) => each.key), ...own.map((each) => each.target.key)])]
  const rows = keys.flatMap((key): Shown[] => {
    const live = list.data.find((each) => each.key === key)
    const edits = own.filter((each) => each.target.key === key)
    if (edits.some((each) => each.op.type === 'delete'))
      return live ? [{ guardrail: live, state: 'gone' }] : []
    const ops = edits.map((each) => each.op)
    const guardrail = drafted(live ?? ({} as Guardrail), ops)
    return [{ guardrail, state: edits.length > 0 ? 'edited' : 'same' }]
  })
  const offered = pack.data?.filter((each) => !keys.includes(each.key)) ?? []
  const selected = open
    ? (rows.find((each) => each.guardrail.key === open)?.guardrail ??
      offered.find((each) => each.key === open))
    : undefined
  return (
    <div className="stack">
      <Card
        flush
        title={
          <>
            Guardrails <span className="n">{rows.length}</span>
          </>
        }
        more={
          <Button small look="quiet" icon="plus" refused={refused} onClick={() => edit('new')}>
            New guardrail
          </Button>
        }
      >
        {rows.length === 0 && (
          <EmptyState title="No guardrail yet">
            A guardrail looks at every change before it applies, and warns or blocks. Take one of those below,
            or write your own; try it on past changes first.
          </EmptyState>
        )}
        {rows.map(({ guardrail, state }) => (
          <Row key={guardrail.key} {...{ guardrail, state }} onOpen={() => edit(guardrail.key)} />
        ))}
      </Card>
      {offered.length > 0 && (
        <Card
          title="Good ones to start with"
          flush
          more={<span className="desk">each can be tried before it is switched on</span>}
        >
          {offered.map((each) => (
            <Row
              key={each.key}
              guardrail={each}
              onOpen={() => edit(each.key)}
              action={
                <Button small look="edited" refused={refused} onClick={() => put(each)}>
                  Add to change<span className="vh"> {each.name ?? each.key}</span>
                </Button>
              }
            />
          ))}
        </Card>
      )}
      {open && (open === 'new' || selected) && (
        <GuardrailSheet
          key={open}
          guardrail={selected}
          existing={rows.some((each) => each.guardrail.key === open)}
          refused={refused}
          onPut={put}
          onDelete={() => tray.addEdit({ target: { kind: 'guardrail', key: open }, op: { type: 'delete' } })}
          onClose={() => edit(undefined)}
        />
      )}
    </div>
  )
}

function Row({ guardrail, state, action, onOpen }: Shown & { action?: ReactNode; onOpen: () => void }) {
  const { project } = useScope()
  const off = guardrail.enabled === false
  const where = guardrail.environments?.map(
    (key) => project.environments.find((each) => each.key === key)?.name ?? key,
  )
  return (
    <div className="item guardrail">
      <span className="grow">
        <span className="row wrap">
          <button type="button" className="link guardrail-name" onClick={onOpen}>
            {guardrail.name ?? guardrail.key}
          </button>
          {state === 'edited' && <State kind="edited">in your change</State>}
          {state === 'gone' && <State kind="edited">taken away in your change</State>}
        </span>
        <span className="s t2 guardrail-message">{guardrail.message}</span>
        <span className="s t3">
          {where?.length ? where.join(', ') : 'every environment'}
          {guardrail.owner && (
            <>
              {' · '}
              <OwnerName of={guardrail.owner} />
            </>
          )}
        </span>
      </span>
      <State kind={off ? 'off' : guardrail.effect === 'block' ? 'blocked' : 'warn'}>
        {off ? 'off' : guardrail.effect === 'block' ? 'blocks' : 'warns'}
      </State>
      {action}
    </div>
  )
}
