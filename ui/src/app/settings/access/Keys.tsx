import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { api, path } from '@/api/client'
import type { EnvironmentKey } from '@/api/types'
import { refusal, useScope } from '@/scope'
import { Button } from '@/ui/Button'
import { Card } from '@/ui/Card'
import { Failure, Skeleton } from '@/ui/Feedback'
import { State } from '@/ui/State'
import { Table } from '@/ui/Table'
import { when } from '@/ui/time'
import type { Secret } from './SecretSheet'

const kindWords: Record<EnvironmentKey['kind'], string> = {
  sdk: 'Server SDK',
  mobile: 'Mobile',
  clientSide: 'Client-side id',
}

/** The keys with which SDKs read this environment. */
export function Keys({ onSecret }: { onSecret: (shown: Secret) => void }) {
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
