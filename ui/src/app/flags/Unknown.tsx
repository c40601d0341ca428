import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { useScope } from '@/scope'
import { Button } from '@/ui/Button'
import { Card } from '@/ui/Card'
import { EmptyState, ErrorState, Skeleton } from '@/ui/Feedback'
import { State } from '@/ui/State'
import { Table } from '@/ui/Table'
import { ago, number } from '@/ui/time'
import { unknownFlagsQuery } from './queries'

/** Flags that applications ask for and nobody made; each can be made by a click. */
export default function Unknown({
  refused,
  onMake,
}: {
  refused: string | undefined
  onMake: (key: string) => void
}) {
  const { project, environment } = useScope()
  const params = useParams({ from: '/p/$project/$environment/flags' })
  const { data, error, refetch } = useQuery(unknownFlagsQuery(project.key, environment.key))
  if (error && !data) return <ErrorState error={error} onRetry={() => void refetch()} />
  if (!data) return <Skeleton rows={6} label="Loading what is asked for" />
  if (data.flags.length === 0)
    return (
      <EmptyState title="Every flag that is asked for is there">
        When an application asks for a key that no flag has, it gets what its code falls back to, and the key
        is listed here for 30 days.
      </EmptyState>
    )
  return (
    <Card flush label="Flags that are asked for and not there">
      <Table
        label="Flags that are asked for and not there"
        head={
          <>
            <th>Key</th>
            <th className="r">Asked</th>
            <th className="r">Last</th>
            <th className="desk">By</th>
            <th className="r">
              <span className="vh">Actions</span>
            </th>
          </>
        }
      >
        {data.flags.map((flag) => (
          <tr key={flag.key}>
            <td>
              <span className="key">{flag.key}</span> {flag.archived && <State kind="off">archived</State>}
            </td>
            <td className="r">{number(flag.count)}</td>
            <td className="r">{ago(flag.last)}</td>
            <td className="desk mono">
              {flag.askers
                .slice(0, 3)
                .map(({ by }) => by || 'not said')
                .join(', ')}
              {flag.askers.length > 3 && ` and ${flag.askers.length - 3} more`}
            </td>
            <td className="r">
              {flag.archived ? (
                <Link
                  to="/p/$project/$environment/flags/$flag"
                  params={{ ...params, flag: flag.key }}
                  className="link"
                >
                  Open
                </Link>
              ) : (
                <Button small refused={refused} onClick={() => onMake(flag.key)}>
                  Make it
                </Button>
              )}
            </td>
          </tr>
        ))}
      </Table>
    </Card>
  )
}
