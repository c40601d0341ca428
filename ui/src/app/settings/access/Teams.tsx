import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { api, path } from '@/api/client'
import type { Team } from '@/api/types'
import { refusal, useScope } from '@/scope'
import { Button } from '@/ui/Button'
import { Card } from '@/ui/Card'
import { EmptyState, Failure, Skeleton } from '@/ui/Feedback'
import { Field } from '@/ui/Field'
import { Sheet } from '@/ui/Sheet'
import { Table } from '@/ui/Table'
import { count } from '@/ui/time'
import { membersQuery, teamsQuery } from '../../people/people'

/** People who answer for things together. */
export function Teams() {
  const { can, member } = useScope()
  const [open, setOpen] = useState<Team | 'new'>()
  const refused = can('administer') ? undefined : refusal('administer', member)
  const teams = useQuery(teamsQuery)
  return (
    <Card
      title="Teams"
      flush
      more={
        <Button small refused={refused} onClick={() => setOpen('new')}>
          New team…
        </Button>
      }
    >
      {teams.isLoading && <Skeleton rows={2} />}
      <Failure error={teams.error} />
      {teams.data?.length === 0 && (
        <EmptyState title="No teams yet">
          A team owns flags and routes together, and an environment can ask it for approvals.
        </EmptyState>
      )}
      {!!teams.data?.length && (
        <Table
          label="Teams"
          head={
            <>
              <th>Team</th>
              <th>Who</th>
              <th className="r">
                <span className="vh">Actions</span>
              </th>
            </>
          }
        >
          {teams.data.map((each) => (
            <tr key={each.key}>
              <td>
                {each.name} <code className="t3">{each.key}</code>
              </td>
              <td>
                {each.members.length === 0 ? (
                  <span className="t3">nobody</span>
                ) : (
                  each.members.map(({ name }) => name).join(', ')
                )}
              </td>
              <td className="r">
                <Button
                  small
                  refused={refused}
                  aria-label={`Edit ${each.name}`}
                  onClick={() => setOpen(each)}
                >
                  Edit…
                </Button>
              </td>
            </tr>
          ))}
        </Table>
      )}
      {open && <TeamSheet {...(open === 'new' ? {} : { team: open })} onClose={() => setOpen(undefined)} />}
    </Card>
  )
}

function TeamSheet({ team, onClose }: { team?: Team; onClose: () => void }) {
  const client = useQueryClient()
  const members = useQuery(membersQuery)
  const [name, setName] = useState(team?.name ?? '')
  const [ownKey, setOwnKey] = useState(team?.key)
  const [ids, setIds] = useState(team?.members.map(({ id }) => id) ?? [])
  const slug = name
    .trim()
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
  const key = ownKey ?? slug
  const done = () => {
    void client.invalidateQueries({ queryKey: teamsQuery.queryKey })
    void client.invalidateQueries({ queryKey: membersQuery.queryKey })
  }
  const save = useMutation({
    mutationFn: () =>
      api<Team>('PUT', path`/teams/${key}`, {
        body: { name: name.trim(), members: ids, expectedVersion: team?.version ?? 0 },
      }),
    onSuccess: onClose,
    onSettled: done,
  })
  const remove = useMutation({
    mutationFn: () => api('DELETE', path`/teams/${key}`),
    onSuccess: onClose,
    onSettled: done,
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (key) save.mutate()
  }
  const toggle = (id: string) => setIds(ids.includes(id) ? ids.filter((each) => each !== id) : [...ids, id])
  return (
    <Sheet
      open
      onClose={onClose}
      title={team ? team.name : 'New team'}
      description={
        team ? (
          <>
            <code>{team.key}</code>. What you save holds at once, for changes that are open too.
          </>
        ) : (
          'Holds at once, for changes that are open too.'
        )
      }
    >
      <form className="form" onSubmit={submit}>
        <div className={team ? undefined : 'two-fields'}>
          <Field label="Name" value={name} required onChange={(event) => setName(event.target.value)} />
          {!team && (
            <Field
              label="Key"
              className="mono"
              value={key}
              required
              hint="Owners and approvals name it so; it stays."
              onChange={(event) => setOwnKey(event.target.value)}
            />
          )}
        </div>
        <fieldset className="people">
          <legend>
            Who is in it: {ids.length === 0 ? 'nobody yet' : count(ids.length, 'person', 'people')}
          </legend>
          <div>
            {members.data
              ?.filter((each) => each.active || ids.includes(each.id))
              .map((each) => (
                <label key={each.id}>
                  <input type="checkbox" checked={ids.includes(each.id)} onChange={() => toggle(each.id)} />{' '}
                  {each.name}
                  <span className="t3">{each.active ? each.role : 'closed'}</span>
                </label>
              ))}
          </div>
        </fieldset>
        <Failure error={save.error ?? remove.error} />
        <div className="sheet-acts">
          {team && (
            <Button look="quiet" icon="trash" disabled={remove.isPending} onClick={() => remove.mutate()}>
              Take away
            </Button>
          )}
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            look="primary"
            disabled={save.isPending}
            refused={key ? undefined : 'It needs a name.'}
          >
            {team ? 'Save' : 'Make team'}
          </Button>
        </div>
      </form>
    </Sheet>
  )
}
