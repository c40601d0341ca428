import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { api, path } from '@/api/client'
import { key } from '@/api/queries'
import type { ChangeView, Owner } from '@/api/types'
import { refusal, useScope } from '@/scope'
import { Button } from '@/ui/Button'
import { Card } from '@/ui/Card'
import { Failure, Skeleton } from '@/ui/Feedback'
import { Field } from '@/ui/Field'
import { Sheet } from '@/ui/Sheet'
import { State } from '@/ui/State'
import { count } from '@/ui/time'
import { OwnerField, ownersQuery } from '../../people/people'

/** Who answers for how much, and what has nobody who can. */
export function Owners() {
  const { project, can, member } = useScope()
  const [leaving, setLeaving] = useState<Owner>()
  const owners = useQuery(ownersQuery(project.key))
  const refused = can('editFlags') ? undefined : refusal('editFlags', member)
  const lost = owners.data?.filter((each) => each.why) ?? []
  const here = owners.data?.filter((each) => !each.why) ?? []
  return (
    <Card title="Owners" flush more={lost.length === 0 && owners.data ? 'everything has one' : undefined}>
      {owners.isLoading && <Skeleton rows={2} />}
      <Failure error={owners.error} />
      {lost.map((each) => (
        <div className="setting" key={each.owner ?? ''}>
          <div>
            <p className="row">
              <State kind="warn">{each.owner === undefined ? 'No owner' : each.name}</State>
              <span className="num">{count(each.count, 'resource')}</span>
            </p>
            <p className="s t2">
              {each.owner !== undefined && `${each.why}. `}
              {each.resources
                .slice(0, 6)
                .map(({ title }) => title)
                .join(', ')}
              {each.count > 6 && ` and ${each.count - 6} more`}
            </p>
          </div>
          <Button
            small
            refused={refused}
            aria-label={`Hand over what ${each.owner === undefined ? 'nobody' : each.name} owns`}
            onClick={() => setLeaving(each)}
          >
            Hand over…
          </Button>
        </div>
      ))}
      {here.length > 0 && (
        <p className="card-body s t2">
          {here.map((each, i) => (
            <span key={each.owner}>
              {i > 0 && ' · '}
              {each.name} <span className="num t3">{each.count}</span>
            </span>
          ))}
        </p>
      )}
      {leaving && <HandOver from={leaving} onClose={() => setLeaving(undefined)} />}
    </Card>
  )
}

/** Gives all that somebody owned to somebody else: one change, which goes the way of all changes. */
export function HandOver({ from, onClose }: { from: Owner; onClose: () => void }) {
  const { project, environment, member } = useScope()
  const navigate = useNavigate()
  const client = useQueryClient()
  const [to, setTo] = useState('')
  const [reason, setReason] = useState('')
  const draft = useMutation({
    mutationFn: () =>
      api<ChangeView>('POST', path`/projects/${project.key}/owners/hand-over`, {
        body: {
          to,
          reason: reason.trim(),
          ...(from.owner === undefined
            ? { targets: from.resources.map(({ target }) => target) }
            : { from: from.owner }),
        },
      }),
    onSuccess: ({ number }) => {
      void client.invalidateQueries({ queryKey: key(project.key, 'changes') })
      void navigate({
        to: '/p/$project/$environment/changes/$number',
        params: { project: project.key, environment: environment.key, number: `${number}` },
      })
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (to) draft.mutate()
  }
  return (
    <Sheet
      open
      onClose={onClose}
      title={from.owner === undefined ? 'Give it an owner' : `Hand over what ${from.name} owns`}
      description={`${count(from.count, 'resource')}, as one change: you see it before it applies.`}
    >
      <form className="form" onSubmit={submit}>
        <OwnerField
          label="New owner"
          value={to}
          nobody={false}
          onOwner={setTo}
          hint={to === member.id ? 'You.' : 'Is asked to agree where an environment asks owners.'}
        />
        <Field
          label="Why"
          placeholder={from.owner === undefined ? 'Somebody must answer for it' : `${from.name} left`}
          value={reason}
          onChange={(event) => setReason(event.target.value)}
        />
        <Failure error={draft.error} />
        <div className="sheet-acts">
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            look="primary"
            disabled={draft.isPending}
            refused={to ? undefined : 'Choose who answers for it from now on.'}
          >
            Draft the change
          </Button>
        </div>
      </form>
    </Sheet>
  )
}
