import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { api, path } from '@/api/client'
import type { EventKind, Webhook, WebhookCreated, WebhookKind } from '@/api/types'
import { useScope } from '@/scope'
import { Button } from '@/ui/Button'
import { Failure } from '@/ui/Feedback'
import { Field, Select } from '@/ui/Field'
import { Sheet } from '@/ui/Sheet'
import { webhooksQuery } from './queries'

type Sort = WebhookKind | 'me'

/** A webhook, new or known: where to, and what of. */
export function WebhookForm({
  hook,
  events,
  onMade,
  onClose,
}: {
  hook?: Webhook
  events: EventKind[]
  onMade: (id: string, secret: string | undefined) => void
  onClose: () => void
}) {
  const { project, can } = useScope()
  const client = useQueryClient()
  const admin = can('administer')
  const [sort, setSort] = useState<Sort>(hook?.member ? 'me' : (hook?.kind ?? (admin ? 'standard' : 'me')))
  const [name, setName] = useState(hook?.name ?? '')
  // Of Slack's the server tells the host alone.
  const hidden = hook?.kind === 'slack'
  const [url, setUrl] = useState(hook && !hidden ? hook.url : '')
  // Who is written to wants to hear what waits for them; a service wants it all.
  const usual = (next: Sort) => (next === 'me' ? ['change.submitted'] : [])
  const [wanted, setWanted] = useState<string[]>(hook?.filter.events ?? usual(sort))
  const [environments, setEnvironments] = useState<string[]>(hook?.filter.environments ?? [])
  const create = useMutation({
    mutationFn: async (): Promise<WebhookCreated> => {
      const all = path`/projects/${project.key}/webhooks`
      const filter = { events: wanted, environments, kinds: hook?.filter.kinds ?? [] }
      const said = { name: name.trim(), filter, ...(url.trim() ? { url: url.trim() } : {}) }
      if (hook) return { webhook: await api<Webhook>('PATCH', all + path`/${hook.id}`, { body: said }) }
      const kind = sort === 'standard' ? 'standard' : 'slack'
      return api<WebhookCreated>('POST', all, { body: { ...said, kind, toMe: sort === 'me' } })
    },
    onSuccess: async ({ webhook, secret }) => {
      await client.invalidateQueries({ queryKey: webhooksQuery(project.key).queryKey })
      onMade(webhook.id, secret)
    },
  })
  const ready = name.trim() && (hidden || url.trim())
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (ready) create.mutate()
  }
  const toggle = (all: string[], one: string) =>
    all.includes(one) ? all.filter((each) => each !== one) : [...all, one]
  return (
    <Sheet
      open
      onClose={onClose}
      wide
      title={hook ? `Edit ${hook.name}` : 'New webhook'}
      description="What happens from now on is told."
    >
      <form className="form" onSubmit={submit}>
        <div className="hook-fields">
          <Select
            label="What it is sent"
            value={sort}
            disabled={!!hook}
            hint={
              sort === 'standard'
                ? 'Signed as Standard Webhooks has it; the secret is shown once'
                : sort === 'slack'
                  ? 'A channel is told what happens, and where to answer'
                  : 'Messages that ask you for a review carry Approve and Reject, which act as you'
            }
            onChange={({ target: { value } }) => {
              setSort(value as Sort)
              setWanted(usual(value as Sort))
            }}
          >
            {admin && <option value="standard">JSON, for a service</option>}
            {admin && <option value="slack">Slack messages, for a channel</option>}
            <option value="me">Slack messages, to me</option>
          </Select>
          <Field label="Name" value={name} onChange={(event) => setName(event.target.value)} />
        </div>
        <Field
          label="Address"
          className="mono"
          type="url"
          value={url}
          placeholder={
            sort === 'standard' ? 'https://ci.example/hooks' : 'https://hooks.slack.com/services/…'
          }
          hint={
            sort === 'me'
              ? 'An incoming webhook that posts to you alone: who reads there can answer as you'
              : undefined
          }
          onChange={(event) => setUrl(event.target.value)}
        />
        <fieldset className="hook-choice hook-events">
          <legend>What it tells {wanted.length === 0 && <span className="t3">everything</span>}</legend>
          {events.map((each) => (
            <label key={each.name}>
              <input
                type="checkbox"
                checked={wanted.includes(each.name)}
                onChange={() => setWanted(toggle(wanted, each.name))}
              />
              {each.means}
            </label>
          ))}
        </fieldset>
        <fieldset className="hook-choice">
          <legend>
            Where {environments.length === 0 && <span className="t3">in every environment</span>}
          </legend>
          {project.environments.map((each) => (
            <label key={each.key}>
              <input
                type="checkbox"
                checked={environments.includes(each.key)}
                onChange={() => setEnvironments(toggle(environments, each.key))}
              />
              {each.name}
            </label>
          ))}
        </fieldset>
        <Failure error={create.error} />
        <div className="sheet-acts">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" disabled={!ready || create.isPending}>
            {hook ? 'Save' : 'Make webhook'}
          </Button>
        </div>
      </form>
    </Sheet>
  )
}
