import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import type { Webhook } from '@/api/types'
import { refusal, useScope } from '@/scope'
import { Button } from '@/ui/Button'
import { Card } from '@/ui/Card'
import { EmptyState, ErrorState, Skeleton } from '@/ui/Feedback'
import { State, Tag } from '@/ui/State'
import { ago } from '@/ui/time'
import { type Secret, SecretSheet } from '../settings/access/SecretSheet'
import { webhooksQuery } from './queries'
import { WebhookForm } from './WebhookForm'
import { WebhookSheet } from './WebhookSheet'
import { told } from './words'
import './hooks.css'

/** Who is told what happens here. */
export default function Webhooks() {
  const { project, can, member } = useScope()
  const from = '/p/$project/$environment/settings'
  const { hook: open } = useSearch({ from })
  const navigate = useNavigate({ from })
  const [shown, setShown] = useState<Secret>()
  const [editing, setEditing] = useState(false)
  const list = useQuery(webhooksQuery(project.key))
  const show = (hook: string | undefined) =>
    void navigate({ search: (old) => ({ ...old, hook }), replace: true, resetScroll: false })
  if (list.isError && !list.data) return <ErrorState error={list.error} onRetry={() => void list.refetch()} />
  if (!list.data) return <Skeleton rows={6} />
  const { items, events } = list.data
  const selected = items.find((each) => each.id === open)
  const admin = can('administer')
  const refused = admin || can('approve') ? undefined : refusal('approve', member)
  return (
    <div className="stack">
      <Card
        flush
        title={
          <>
            {admin ? 'Webhooks' : 'Your webhooks'} <span className="n">{items.length}</span>
          </>
        }
        more={
          <Button small look="quiet" icon="plus" refused={refused} onClick={() => show('new')}>
            New webhook
          </Button>
        }
      >
        {items.length === 0 && (
          <EmptyState title="Nobody is told yet">
            {admin
              ? 'A webhook tells a service of yours, or a channel in Slack, what happens here: signed, and again until it arrives.'
              : 'You can be told in Slack what waits for you, and answer from there. Webhooks for services are made by admins.'}
          </EmptyState>
        )}
        {items.map((hook) => (
          <Row key={hook.id} hook={hook} onOpen={() => show(hook.id)} />
        ))}
      </Card>
      {open === 'new' && !refused && (
        <WebhookForm
          events={events}
          onMade={(id, secret) => {
            show(id)
            if (secret) setShown({ title: 'What signs its messages', secret })
          }}
          onClose={() => show(undefined)}
        />
      )}
      {selected && editing && (
        <WebhookForm
          hook={selected}
          events={events}
          onMade={() => setEditing(false)}
          onClose={() => setEditing(false)}
        />
      )}
      {selected && !shown && !editing && (
        <WebhookSheet
          key={selected.id}
          hook={selected}
          onEdit={() => setEditing(true)}
          onSecret={(secret) => setShown({ title: 'What signs its messages now', secret })}
          onClose={() => show(undefined)}
        />
      )}
      {shown && <SecretSheet shown={shown} onClose={() => setShown(undefined)} />}
    </div>
  )
}

function Row({ hook, onOpen }: { hook: Webhook; onOpen: () => void }) {
  const last = hook.newest && told(hook.newest)
  return (
    <div className="item hook">
      <span className="grow">
        <span className="row wrap">
          <button type="button" className="link hook-name" onClick={onOpen}>
            {hook.name}
          </button>
          <Tag>{hook.kind === 'slack' ? 'Slack' : 'signed JSON'}</Tag>
          {hook.member && <Tag>to {hook.member.name}</Tag>}
        </span>
        <span className="s t2 mono hook-url">{hook.url}</span>
        <span className="s t3">{asked(hook)}</span>
      </span>
      <span className="hook-last">
        {hook.active ? (
          last ? (
            <State kind={last.kind}>{last.words}</State>
          ) : (
            <State kind="on">on</State>
          )
        ) : (
          <State kind={hook.stopped ? 'blocked' : 'off'}>{hook.stopped ? 'stopped' : 'off'}</State>
        )}
        <span className="s t3">
          {hook.stopped ?? (hook.newest ? ago(hook.newest.createdAt) : 'nothing sent yet')}
        </span>
      </span>
    </div>
  )
}

/** What it asks for, in a line. */
function asked({ filter }: Webhook): string {
  const events = filter.events.length ? filter.events.join(', ') : 'everything'
  const kinds = filter.kinds.length ? ` about a ${filter.kinds.join(' or ')}` : ''
  const where = filter.environments.length ? ` in ${filter.environments.join(', ')}` : ''
  return `${events}${kinds}${where}`
}
