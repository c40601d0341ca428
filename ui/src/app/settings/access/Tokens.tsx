import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { api, path } from '@/api/client'
import type { ApiToken, Role } from '@/api/types'
import { refusal, useScope } from '@/scope'
import { Button } from '@/ui/Button'
import { Card } from '@/ui/Card'
import { Failure, Skeleton } from '@/ui/Feedback'
import { Field, Select } from '@/ui/Field'
import { Table } from '@/ui/Table'
import { ago, when } from '@/ui/time'
import { usePeople } from '../../people/people'
import { RoleSelect } from './RoleSelect'
import type { Secret } from './SecretSheet'

/** Service tokens: for scripts and pipelines. They act for who made them, or for a team. */
export function Tokens({ onSecret }: { onSecret: (shown: Secret) => void }) {
  const { can, member, project } = useScope()
  const client = useQueryClient()
  const queryKey = ['tokens']
  const [name, setName] = useState('')
  const [role, setRole] = useState<Role>('viewer')
  const [wide, setWide] = useState(false)
  const [days, setDays] = useState(90)
  const [team, setTeam] = useState('')
  const { teams, nameOf } = usePeople()
  const refused = can('administer') ? undefined : refusal('administer', member)
  const tokens = useQuery({ queryKey, queryFn: () => api<ApiToken[]>('GET', '/tokens'), enabled: !refused })
  const after = () => void client.invalidateQueries({ queryKey })
  const create = useMutation({
    mutationFn: () =>
      api<{ secret: string }>('POST', '/tokens', {
        body: {
          name: name.trim(),
          role,
          ...(wide ? {} : { project: project.key }),
          ...(team ? { team } : {}),
          ...(days ? { expiresAt: new Date(Date.now() + days * 86_400_000).toISOString() } : {}),
        },
      }),
    onSuccess: ({ secret }) => {
      onSecret({ title: `Token ${name}`, secret })
      setName('')
    },
    onSettled: after,
  })
  const handOver = useMutation({
    mutationFn: ({ id, to }: { id: string; to: string }) =>
      api('PATCH', path`/tokens/${id}`, { body: { team: to } }),
    onSettled: after,
  })
  const remove = useMutation({
    mutationFn: (id: string) => api('DELETE', path`/tokens/${id}`),
    onSettled: after,
  })
  const rotate = useMutation({
    mutationFn: (token: ApiToken) =>
      api<{ secret: string }>('POST', path`/tokens/${token.id}/rotate`, { body: {} }),
    onSuccess: ({ secret }, token) =>
      onSecret({ title: `Another secret of ${token.name}; the one before opens for a day more`, secret }),
    onSettled: after,
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (name.trim() && !refused) create.mutate()
  }
  return (
    <Card title="Service tokens" flush>
      {refused && <p className="card-body t2">{refused}</p>}
      {tokens.isLoading && <Skeleton rows={2} />}
      <Failure error={tokens.error ?? create.error ?? handOver.error ?? remove.error ?? rotate.error} />
      {tokens.data && tokens.data.length > 0 && (
        <Table
          label="Service tokens"
          head={
            <>
              <th>Name</th>
              <th>Role</th>
              <th>Whose</th>
              <th>Hint</th>
              <th>Ends</th>
              <th>Last used</th>
              <th className="r">
                <span className="vh">Actions</span>
              </th>
            </>
          }
        >
          {tokens.data.map((token) => (
            <tr key={token.id}>
              <td>{token.name}</td>
              <td>
                {token.role}
                <div className="t3">{token.project ? `in ${token.project}` : 'in all projects'}</div>
              </td>
              <td>
                <Select
                  label={`Whose ${token.name} is`}
                  hideLabel
                  value={token.team ?? ''}
                  onChange={(event) => handOver.mutate({ id: token.id, to: event.target.value })}
                >
                  {!token.team && <option value="">{nameOf(token.createdBy)}’s, who made it</option>}
                  {teams.map((each) => (
                    <option key={each.key} value={each.key}>
                      {each.name}
                    </option>
                  ))}
                </Select>
              </td>
              <td>
                <span className="mono">{token.hint}</span>
                {token.previousUntil && new Date(token.previousUntil) > new Date() && (
                  <div className="t3">the one before until {when(token.previousUntil)}</div>
                )}
              </td>
              <td>{token.expiresAt ? when(token.expiresAt) : 'never'}</td>
              <td>{token.lastUsedAt ? ago(token.lastUsedAt) : 'never'}</td>
              <td className="r">
                <Button small aria-label={`Rotate ${token.name}`} onClick={() => rotate.mutate(token)}>
                  Rotate
                </Button>{' '}
                <Button small aria-label={`Delete ${token.name}`} onClick={() => remove.mutate(token.id)}>
                  Delete
                </Button>
              </td>
            </tr>
          ))}
        </Table>
      )}
      {!refused && (
        <form className="card-body row wrap" onSubmit={submit}>
          <Field
            label="Name of a new token"
            hideLabel
            placeholder="Name of a new token"
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
          <RoleSelect label="Role of the token" value={role} onRole={setRole} />
          <Select
            label="Where it acts"
            hideLabel
            value={wide ? 'all' : 'one'}
            onChange={(event) => setWide(event.target.value === 'all')}
          >
            <option value="one">in {project.name} only</option>
            <option value="all">in all projects</option>
          </Select>
          <Select
            label="Whose it is"
            hideLabel
            value={team}
            onChange={(event) => setTeam(event.target.value)}
          >
            <option value="">acting for me</option>
            {teams.map((each) => (
              <option key={each.key} value={each.key}>
                acting for {each.name}
              </option>
            ))}
          </Select>
          <Select
            label="When it ends"
            hideLabel
            value={days}
            onChange={(event) => setDays(Number(event.target.value))}
          >
            <option value={30}>for 30 days</option>
            <option value={90}>for 90 days</option>
            <option value={365}>for a year</option>
            <option value={0}>until it is deleted</option>
          </Select>
          <Button type="submit" disabled={!name.trim() || create.isPending}>
            Make token
          </Button>
        </form>
      )}
    </Card>
  )
}
