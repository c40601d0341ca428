import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { api, path } from '@/api/client'
import type { Member, Role } from '@/api/types'
import { refusal, useScope } from '@/scope'
import { Button } from '@/ui/Button'
import { Card } from '@/ui/Card'
import { Failure, Skeleton } from '@/ui/Feedback'
import { Field } from '@/ui/Field'
import { State } from '@/ui/State'
import { Table } from '@/ui/Table'
import { membersQuery, ownersQuery, teamsQuery } from '../../people/people'
import { EraseSheet } from './EraseSheet'
import { RoleSelect } from './RoleSelect'
import type { Secret } from './SecretSheet'

/** Who may come in, and as what. */
export function Members({ onSecret }: { onSecret: (shown: Secret) => void }) {
  const { can, member: me, project } = useScope()
  const client = useQueryClient()
  const { queryKey } = membersQuery
  const [name, setName] = useState('')
  const [erasing, setErasing] = useState<Member>()
  const [email, setEmail] = useState('')
  const [role, setRole] = useState<Role>('viewer')
  const refused = can('administer') ? undefined : refusal('administer', me)
  const members = useQuery({ ...membersQuery, enabled: !refused })
  const { data: teams = [] } = useQuery(teamsQuery)
  const called = (key: string) => teams.find((team) => team.key === key)?.name ?? key
  const after = () => {
    void client.invalidateQueries({ queryKey })
    // Who leaves can't answer for anything any more.
    void client.invalidateQueries({ queryKey: ownersQuery(project.key).queryKey })
  }
  const invite = useMutation({
    mutationFn: () =>
      api<Member>('POST', '/members', {
        body: { name: name.trim(), role, ...(email.trim() ? { email: email.trim() } : {}) },
      }),
    onSuccess: () => {
      setName('')
      setEmail('')
    },
    onSettled: after,
  })
  const change = useMutation({
    mutationFn: ({ id, ...part }: { id: string; role?: Role; active?: boolean }) =>
      api('PATCH', path`/members/${id}`, { body: part }),
    onSettled: after,
  })
  const link = useMutation({
    mutationFn: (member: Member) => api<{ url: string }>('POST', path`/members/${member.id}/sign-in-link`),
    onSuccess: ({ url }, member) => onSecret({ title: `Sign-in link for ${member.name}`, secret: url }),
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (name.trim() && !refused) invite.mutate()
  }
  return (
    <Card title="Members" flush>
      {refused && <p className="card-body t2">{refused}</p>}
      {members.isLoading && <Skeleton rows={3} />}
      <Failure error={members.error ?? invite.error ?? change.error ?? link.error} />
      {members.data && (
        <Table
          label="Members"
          head={
            <>
              <th>Name</th>
              <th>Role</th>
              <th>Teams</th>
              <th>State</th>
              <th className="r">
                <span className="vh">Actions</span>
              </th>
            </>
          }
        >
          {members.data.map((each) => (
            <tr key={each.id}>
              <td className="wrap-cell">
                {each.name}
                {each.id === me.id && <span className="t3">, you</span>}
                {each.email && <div className="t3 s">{each.email}</div>}
              </td>
              <td>
                <RoleSelect
                  label={`Role of ${each.name}`}
                  value={each.role}
                  onRole={(next) => change.mutate({ id: each.id, role: next })}
                  disabled={each.id === me.id}
                />
              </td>
              <td className="t2 wraps">{each.teams.map(called).join(', ')}</td>
              <td>{each.active ? <State kind="on">active</State> : <State kind="off">closed</State>}</td>
              <td className="r">
                <Button small disabled={!each.active} onClick={() => link.mutate(each)}>
                  Sign-in link
                </Button>{' '}
                <Button
                  small
                  refused={each.id === me.id ? 'You can’t close your own account.' : undefined}
                  onClick={() => change.mutate({ id: each.id, active: !each.active })}
                >
                  {each.active ? 'Close' : 'Open again'}
                </Button>
                {!each.active && (
                  <>
                    {' '}
                    <Button small onClick={() => setErasing(each)}>
                      Erase…
                    </Button>
                  </>
                )}
              </td>
            </tr>
          ))}
        </Table>
      )}
      {!refused && (
        <form className="card-body row wrap" onSubmit={submit}>
          <Field
            label="Name of a new member"
            hideLabel
            placeholder="Name of a new member"
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
          <Field
            label="E-mail of a new member"
            hideLabel
            type="email"
            placeholder="E-mail, to sign in with"
            value={email}
            onChange={(event) => setEmail(event.target.value)}
          />
          <RoleSelect label="Role of the member" value={role} onRole={setRole} />
          <Button type="submit" disabled={!name.trim() || invite.isPending}>
            Invite
          </Button>
        </form>
      )}
      {erasing && <EraseSheet member={erasing} onClose={() => setErasing(undefined)} />}
    </Card>
  )
}
