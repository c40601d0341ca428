import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { api, path } from '@/api/client'
import type { ApiToken, EnvironmentKey, Member, Role } from '@/api/types'
import { refusal, useScope } from '@/scope'
import { Button } from '@/ui/Button'
import { Card, PageHead } from '@/ui/Card'
import { Failure, Skeleton } from '@/ui/Feedback'
import { Field, Select } from '@/ui/Field'
import { Sheet } from '@/ui/Sheet'
import { State } from '@/ui/State'
import { Table } from '@/ui/Table'
import { ago, when } from '@/ui/time'

const roles: Role[] = ['viewer', 'product', 'developer', 'operator', 'admin']
const kindWords: Record<EnvironmentKey['kind'], string> = {
  sdk: 'Server SDK',
  mobile: 'Mobile',
  clientSide: 'Client-side id',
}
interface Shown {
  title: string
  secret: string
}

/** Keys, tokens and members: administrative, so no revision and no revert. */
export default function SettingsPage() {
  const [shown, setShown] = useState<Shown>()
  return (
    <div className="page">
      <PageHead
        title="Settings"
        sub="Keys, tokens and members act at once; they are not part of a change and are never reverted."
      />
      <div className="stack">
        <Keys onSecret={setShown} />
        <Tokens onSecret={setShown} />
        <Members onSecret={setShown} />
      </div>
      {shown && (
        <Sheet
          open
          onClose={() => setShown(undefined)}
          title={shown.title}
          description="It is shown this once. Copy it now."
        >
          <Field label="Secret" readOnly value={shown.secret} onFocus={(event) => event.target.select()} />
          <div className="sheet-acts">
            <Button icon="copy" onClick={() => void navigator.clipboard.writeText(shown.secret)}>
              Copy
            </Button>
            <Button look="primary" onClick={() => setShown(undefined)}>
              Done
            </Button>
          </div>
        </Sheet>
      )}
    </div>
  )
}

interface Part {
  onSecret: (shown: Shown) => void
}

function Keys({ onSecret }: Part) {
  const { project, environment, can, member } = useScope()
  const client = useQueryClient()
  const base = path`/projects/${project.key}/environments/${environment.key}/keys`
  const queryKey = ['keys', project.key, environment.key]
  const keys = useQuery({
    queryKey,
    queryFn: () => api<EnvironmentKey[]>('GET', base),
    enabled: can('manageKeys'),
  })
  const rotate = useMutation({
    mutationFn: (kind: EnvironmentKey['kind']) =>
      api<{ secret: string }>('POST', `${base}/${kind}/rotate`, { body: { overlapSeconds: 86_400 } }),
    onSuccess: ({ secret }) =>
      onSecret({ title: `The new key of ${environment.name.toLowerCase()}`, secret }),
    onSettled: () => void client.invalidateQueries({ queryKey }),
  })
  return (
    <Card title={`Keys of ${environment.name.toLowerCase()}`} flush>
      {!can('manageKeys') && <p className="card-body t2">{refusal('manageKeys', member)}</p>}
      {keys.isLoading && <Skeleton rows={3} />}
      <Failure error={keys.error ?? rotate.error} />
      {keys.data && (
        <Table
          label="Keys"
          head={
            <>
              <th>Key</th>
              <th>Hint</th>
              <th>Made</th>
              <th>State</th>
              <th className="r">
                <span className="vh">Actions</span>
              </th>
            </>
          }
        >
          {keys.data.map((key) => (
            <tr key={key.id}>
              <td>{kindWords[key.kind]}</td>
              <td className="mono">{key.value ?? key.hint}</td>
              <td>{when(key.createdAt)}</td>
              <td>
                {key.expiresAt ? (
                  <State kind="waiting">until {when(key.expiresAt)}</State>
                ) : (
                  <State kind="on">in use</State>
                )}
              </td>
              <td className="r">
                {!key.expiresAt && key.kind !== 'clientSide' && (
                  <Button
                    small
                    disabled={rotate.isPending}
                    title="A new key; the old one works for 24 hours more"
                    onClick={() => rotate.mutate(key.kind)}
                  >
                    Rotate, 24 h overlap
                  </Button>
                )}
              </td>
            </tr>
          ))}
        </Table>
      )}
    </Card>
  )
}

function Tokens({ onSecret }: Part) {
  const { can, member } = useScope()
  const client = useQueryClient()
  const queryKey = ['tokens']
  const [name, setName] = useState('')
  const [role, setRole] = useState<Role>('viewer')
  const refused = can('administer') ? undefined : refusal('administer', member)
  const tokens = useQuery({ queryKey, queryFn: () => api<ApiToken[]>('GET', '/tokens'), enabled: !refused })
  const after = () => void client.invalidateQueries({ queryKey })
  const create = useMutation({
    mutationFn: () => api<{ secret: string }>('POST', '/tokens', { body: { name: name.trim(), role } }),
    onSuccess: ({ secret }) => {
      onSecret({ title: `Token ${name}`, secret })
      setName('')
    },
    onSettled: after,
  })
  const remove = useMutation({
    mutationFn: (id: string) => api('DELETE', path`/tokens/${id}`),
    onSettled: after,
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (name.trim() && !refused) create.mutate()
  }
  return (
    <Card title="API tokens" flush>
      {refused && <p className="card-body t2">{refused}</p>}
      {tokens.isLoading && <Skeleton rows={2} />}
      <Failure error={tokens.error ?? create.error ?? remove.error} />
      {tokens.data && tokens.data.length > 0 && (
        <Table
          label="API tokens"
          head={
            <>
              <th>Name</th>
              <th>Role</th>
              <th>Hint</th>
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
              <td>{token.role}</td>
              <td className="mono">{token.hint}</td>
              <td>{token.lastUsedAt ? ago(token.lastUsedAt) : 'never'}</td>
              <td className="r">
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
          <Button type="submit" disabled={!name.trim() || create.isPending}>
            Make token
          </Button>
        </form>
      )}
    </Card>
  )
}

function Members({ onSecret }: Part) {
  const { can, member: me } = useScope()
  const client = useQueryClient()
  const queryKey = ['members']
  const [name, setName] = useState('')
  const [role, setRole] = useState<Role>('viewer')
  const refused = can('administer') ? undefined : refusal('administer', me)
  const members = useQuery({ queryKey, queryFn: () => api<Member[]>('GET', '/members'), enabled: !refused })
  const after = () => void client.invalidateQueries({ queryKey })
  const invite = useMutation({
    mutationFn: () => api<Member>('POST', '/members', { body: { name: name.trim(), role } }),
    onSuccess: () => setName(''),
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
              <th>State</th>
              <th className="r">
                <span className="vh">Actions</span>
              </th>
            </>
          }
        >
          {members.data.map((each) => (
            <tr key={each.id}>
              <td>
                {each.name}
                {each.id === me.id && <span className="t3">, you</span>}
              </td>
              <td>
                <RoleSelect
                  label={`Role of ${each.name}`}
                  value={each.role}
                  onRole={(next) => change.mutate({ id: each.id, role: next })}
                  disabled={each.id === me.id}
                />
              </td>
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
          <RoleSelect label="Role of the member" value={role} onRole={setRole} />
          <Button type="submit" disabled={!name.trim() || invite.isPending}>
            Invite
          </Button>
        </form>
      )}
    </Card>
  )
}

function RoleSelect({
  label,
  value,
  onRole,
  disabled,
}: {
  label: string
  value: Role
  onRole: (role: Role) => void
  disabled?: boolean
}) {
  return (
    <Select
      label={label}
      hideLabel
      value={value}
      disabled={disabled}
      onChange={(event) => onRole(event.target.value as Role)}
    >
      {roles.map((role) => (
        <option key={role}>{role}</option>
      ))}
    </Select>
  )
}
