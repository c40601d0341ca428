import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { api, path } from '@/api/client'
import type { SecureMode as Mode } from '@/api/types'
import { refusal, useScope } from '@/scope'
import { Button } from '@/ui/Button'
import { Card } from '@/ui/Card'
import { Failure, Skeleton } from '@/ui/Feedback'
import { State } from '@/ui/State'

/** Whether browsers are answered only for contexts that a server vouches for. */
export function SecureMode() {
  const { project, environment, can, member } = useScope()
  const client = useQueryClient()
  const base = path`/projects/${project.key}/environments/${environment.key}/secure-mode`
  const queryKey = ['secure-mode', project.key, environment.key]
  const mode = useQuery({ queryKey, queryFn: () => api<Mode>('GET', base) })
  const turn = useMutation({
    mutationFn: (on: boolean) => api<Mode>('PUT', base, { body: { on } }),
    onSuccess: (now) => client.setQueryData(queryKey, now),
  })
  const refused = can('manageKeys') ? undefined : refusal('manageKeys', member)
  return (
    <Card
      title={`Browsers of ${environment.name.toLowerCase()}`}
      more={
        mode.data && (
          <Button
            small
            disabled={turn.isPending || refused !== undefined || (!mode.data.on && !mode.data.ready)}
            title={refused}
            onClick={() => turn.mutate(!mode.data.on)}
          >
            Turn secure mode {mode.data.on ? 'off' : 'on'}
          </Button>
        )
      }
    >
      {mode.isLoading && <Skeleton rows={2} />}
      <Failure error={mode.error ?? turn.error} />
      {mode.data && (
        <>
          <p className="row">
            Secure mode <State kind={mode.data.on ? 'on' : 'off'}>{mode.data.on ? 'on' : 'off'}</State>
          </p>
          <p className="t2">
            {mode.data.words}
            {!mode.data.on &&
              mode.data.ready &&
              ' Before you turn it on, every page must hand its SDK a hash that your server made (secureModeHash).'}
          </p>
        </>
      )}
    </Card>
  )
}
