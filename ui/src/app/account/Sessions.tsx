import { useMutation, useQueryClient } from '@tanstack/react-query'
import { api, path } from '@/api/client'
import type { SignedInSession, Way } from '@/api/types'
import { Button } from '@/ui/Button'
import { Card } from '@/ui/Card'
import { Failure } from '@/ui/Feedback'
import { State } from '@/ui/State'
import { Table } from '@/ui/Table'
import { ago, when } from '@/ui/time'

const ways: Record<Way, string> = {
  link: 'a link',
  password: 'password',
  openId: 'the provider',
  token: 'an API token',
}

/** Where somebody is signed in, and the end of it: one's own sessions, or everybody's. */
export function Sessions({
  sessions,
  queryKey,
  own,
}: {
  sessions: SignedInSession[]
  queryKey: string[]
  own?: boolean
}) {
  const client = useQueryClient()
  const after = { onSettled: () => void client.invalidateQueries({ queryKey }) }
  const end = useMutation({ mutationFn: (id: string) => api('DELETE', path`/sessions/${id}`), ...after })
  const endOthers = useMutation({ mutationFn: () => api('DELETE', '/account/sessions'), ...after })
  const others = sessions.some(({ current }) => !current)
  return (
    <Card
      title={own ? 'Where you are signed in' : 'Sessions'}
      flush
      more={
        own &&
        others && (
          <Button small onClick={() => endOthers.mutate()} disabled={endOthers.isPending}>
            End all others
          </Button>
        )
      }
    >
      <Failure error={end.error ?? endOthers.error} />
      {sessions.length === 0 && <p className="card-body t2">Nobody is signed in with a browser.</p>}
      {sessions.length > 0 && (
        <Table
          label={own ? 'Your sessions' : 'Sessions'}
          head={
            <>
              {!own && <th>Who</th>}
              <th>Browser</th>
              <th>From</th>
              <th>Signed in</th>
              <th>Last used</th>
              <th className="r">
                <span className="vh">Actions</span>
              </th>
            </>
          }
        >
          {sessions.map((each) => (
            <tr key={each.id}>
              {!own && <td>{each.whoName}</td>}
              <td>
                {each.browser ?? 'unknown'} {each.current && <State kind="on">this one</State>}
              </td>
              <td className="mono">{each.address ?? '–'}</td>
              <td>
                <span title={when(each.createdAt)}>{ago(each.createdAt)}</span> with {ways[each.way]}
              </td>
              <td>{ago(each.usedAt)}</td>
              <td className="r">
                <Button
                  small
                  aria-label={`End ${own ? 'the session' : `${each.whoName}’s session`} in ${each.browser ?? 'an unknown browser'}`}
                  refused={each.current ? 'It is the one you use: sign out instead.' : undefined}
                  onClick={() => end.mutate(each.id)}
                >
                  End
                </Button>
              </td>
            </tr>
          ))}
        </Table>
      )}
    </Card>
  )
}
