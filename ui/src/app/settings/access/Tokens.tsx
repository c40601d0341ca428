import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { api, path } from '@/api/client'
import type { ApiToken, Role } from '@/api/types'
import { refusal, useScope } from '@/scope'
import { Button } from '@/ui/Button'
import { Card } from '@/ui/Card'
import { Failure, Skeleton } from '@/ui/Feedback'
import { Field } from '@/ui/Field'
import { Table } from '@/ui/Table'
import { ago } from '@/ui/time'
import { RoleSelect } from './RoleSelect'
import type { Secret } from './SecretSheet'

/** Tokens for scripts and pipelines. */
export function Tokens({ onSecret }: { onSecret: (shown: Secret) => void }) {
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
