import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { awaitingQuery, lastRevisionsQuery, nodesQuery, trafficQuery } from '@/api/queries'
import { useScope } from '@/scope'
import { Avatar } from '@/ui/Avatar'
import { Card, PageHead } from '@/ui/Card'
import { EmptyState, ErrorState, Skeleton } from '@/ui/Feedback'
import { count, when } from '@/ui/time'
import { originIcon } from '../history/origin'
import { RevisionWords } from '../history/RevisionRow'
import { Needs, useNeeds } from './Needs'
import { NodesCard } from './NodesCard'
import { useOrphans } from './orphans'
import { Plots } from './Plots'
import { TryThis } from './TryThis'
import './home.css'

/** What needs you, what happens now, what changed last. */
export default function HomePage() {
  const { project, environment } = useScope()
  const params = { project: project.key, environment: environment.key }
  const nodes = useQuery(nodesQuery(project.key, environment.key))
  const traffic = useQuery(trafficQuery(project.key, environment.key))
  const revisions = useQuery(lastRevisionsQuery(project.key))
  const waiting = useQuery(awaitingQuery(project.key))
  const known = !!nodes.data && !!traffic.data && !!waiting.data
  const needs = [...useNeeds(nodes.data, traffic.data), ...useOrphans()]
  const live = nodes.data?.nodes.filter((node) => node.state !== 'gone') ?? []
  const current = live.filter(
    (node) => node.state === 'acknowledged' && node.revision >= (nodes.data?.revision ?? 0),
  ).length
  const arrived =
    !nodes.data || live.length === 0
      ? `The head is r${project.head}.`
      : current === live.length
        ? `${live.length === 1 ? 'The data plane acts' : `All ${live.length} data planes act`} on r${nodes.data.revision}; none refused it.`
        : `r${nodes.data.revision} is on ${current} of ${count(live.length, 'data plane')}.`

  return (
    <div className="page">
      <PageHead
        title={
          needs.length === 0
            ? // Said once all of it has answered, and not of what could not be asked.
              known
              ? 'Nothing needs you'
              : 'Home'
            : needs.length === 1
              ? '1 thing needs you'
              : `${needs.length} things need you`
        }
        sub={arrived}
      />
      <div className="stack">
        <Needs needs={needs} />
        <TryThis />
        {traffic.data ? (
          <Plots traffic={traffic.data} />
        ) : traffic.isError ? (
          <Card label="Traffic" flush>
            <ErrorState error={traffic.error} onRetry={() => void traffic.refetch()} />
          </Card>
        ) : (
          <Card label="Traffic" flush>
            <Skeleton rows={4} />
          </Card>
        )}
        <div className="grid home-cols">
          {nodes.data ? (
            <NodesCard nodes={nodes.data} />
          ) : nodes.isError ? (
            <Card title="Data planes" flush>
              <ErrorState error={nodes.error} />
            </Card>
          ) : (
            <Card title="Data planes" flush>
              <Skeleton rows={2} />
            </Card>
          )}
          <Card
            title="Last revisions"
            flush
            more={
              <Link className="link" to="/p/$project/$environment/history" params={params}>
                History
              </Link>
            }
          >
            {revisions.isPending && <Skeleton rows={6} />}
            {revisions.isError && !revisions.data && (
              <ErrorState error={revisions.error} onRetry={() => void revisions.refetch()} />
            )}
            {revisions.data?.items.length === 0 && (
              <EmptyState title="Nothing has changed yet">
                The first change that is applied becomes r1.
              </EmptyState>
            )}
            {revisions.data?.items.map((revision) => {
              const icon = originIcon(revision)
              return (
                <Link
                  key={revision.number}
                  className="item last-rev"
                  to="/p/$project/$environment/history"
                  params={params}
                  search={{ r: revision.number }}
                >
                  <span className="rno">r{revision.number}</span>
                  <Avatar name={revision.authorName} {...(icon ? { icon } : {})} />
                  <span className="grow">
                    <RevisionWords revision={revision} />
                  </span>
                  <span className="xs t3 num nowrap">{when(revision.at)}</span>
                </Link>
              )
            })}
          </Card>
        </div>
      </div>
    </div>
  )
}
