import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import type { Trigger } from '@/api/types'
import { refusal, useScope } from '@/scope'
import { Button } from '@/ui/Button'
import { Card } from '@/ui/Card'
import { EmptyState, ErrorState, Skeleton } from '@/ui/Feedback'
import { State, Tag } from '@/ui/State'
import { ago } from '@/ui/time'
import { NewTriggerSheet } from './NewTriggerSheet'
import { triggersQuery } from './queries'
import { type Address, TriggerAddress } from './TriggerAddress'
import { TriggerSheet } from './TriggerSheet'
import { outcome, readiness } from './words'
import './hooks.css'

/** Prepared changes, and what sets them off. */
export default function Triggers() {
  const { project, can, member } = useScope()
  const from = '/p/$project/$environment/settings'
  const { hook: open } = useSearch({ from })
  const navigate = useNavigate({ from })
  const [shown, setShown] = useState<Address>()
  const list = useQuery(triggersQuery(project.key))
  const show = (hook: string | undefined) =>
    void navigate({ search: (old) => ({ ...old, hook }), replace: true, resetScroll: false })
  if (list.isError && !list.data) return <ErrorState error={list.error} onRetry={() => void list.refetch()} />
  if (!list.data) return <Skeleton rows={6} />
  const refused = can('manageKeys') ? undefined : refusal('manageKeys', member)
  const selected = list.data.find((each) => each.id === open)
  return (
    <div className="stack">
      <Card
        flush
        title={
          <>
            Triggers <span className="n">{list.data.length}</span>
          </>
        }
        more={
          <Button small look="quiet" icon="plus" refused={refused} onClick={() => show('new')}>
            New trigger
          </Button>
        }
      >
        {list.data.length === 0 && (
          <EmptyState title="No trigger yet">
            A trigger is a change that was prepared, and an address that sets it off: an alert can turn a flag
            off, and on again when it is over.
          </EmptyState>
        )}
        {list.data.map((trigger) => (
          <Row key={trigger.id} trigger={trigger} onOpen={() => show(trigger.id)} />
        ))}
      </Card>
      {open === 'new' && !refused && (
        <NewTriggerSheet
          onMade={(made) => {
            show(made.trigger.id)
            setShown(made)
          }}
          onClose={() => show(undefined)}
        />
      )}
      {selected && !shown && (
        <TriggerSheet
          key={selected.id}
          trigger={selected}
          refused={refused}
          onAddress={setShown}
          onClose={() => show(undefined)}
        />
      )}
      {shown && <TriggerAddress shown={shown} onClose={() => setShown(undefined)} />}
    </div>
  )
}

function Row({ trigger, onOpen }: { trigger: Trigger; onOpen: () => void }) {
  const { kind, words } = readiness(trigger)
  return (
    <div className="item hook">
      <span className="grow">
        <span className="row wrap">
          <button type="button" className="link hook-name" onClick={onOpen}>
            {trigger.name}
          </button>
          {trigger.source === 'alertmanager' && <Tag>Alertmanager</Tag>}
        </span>
        <span className="s t2">{trigger.title}</span>
        <span className="s t3">
          {trigger.powerless ?? `acts as ${trigger.maker.name}`}
          {trigger.newest && ` · ${outcome(trigger.newest).words} ${ago(trigger.newest.at)}`}
        </span>
      </span>
      <State kind={kind}>{words}</State>
    </div>
  )
}
