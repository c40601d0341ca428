import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import type { RouteSummary } from '@/api/types'
import { refusal, useScope } from '@/scope'
import { Button } from '@/ui/Button'
import { PageHead } from '@/ui/Card'
import { EmptyState, ErrorState, Skeleton } from '@/ui/Feedback'
import { SearchField } from '@/ui/Field'
import { Sentence } from '@/ui/Sentence'
import { percent, SplitBar } from '@/ui/SplitBar'
import { count, number } from '@/ui/time'
import { useRows } from '@/ui/useRows'
import { VirtualTable } from '@/ui/VirtualTable'
import { OwnerChoice } from '../people/OwnerChoice'
import { OwnerName } from '../people/people'
import { NewRouteSheet } from './NewRouteSheet'
import { routesQuery } from './queries'
import { armTone } from './words'
import './routes.css'

export default function RoutesPage() {
  const { project, environment, can, member } = useScope()
  const params = useParams({ from: '/p/$project/$environment/routes' })
  const search = useSearch({ from: '/p/$project/$environment/routes' })
  const navigate = useNavigate({ from: '/p/$project/$environment/routes' })
  const set = (next: Partial<typeof search>) =>
    void navigate({ search: (old) => ({ ...old, ...next }), replace: true, resetScroll: false })
  const { data, error, refetch } = useQuery(routesQuery(project.key, environment.key, search.q, search.owner))
  const rows = (data?.items ?? [])
    .filter((row) => !search.listener || row.listener === search.listener)
    .toSorted((a, b) => a.listener.localeCompare(b.listener) || a.order - b.order)
  useRows(
    rows.map((row) => row.key),
    search.row,
    (row) => set({ row }),
    (route) => void navigate({ to: '/p/$project/$environment/routes/$route', params: { ...params, route } }),
  )
  const filtered = !!(search.q || search.listener || search.owner)
  const create = (
    <Button
      look="primary"
      icon="plus"
      refused={can('editTraffic') ? undefined : refusal('editTraffic', member)}
      onClick={() => set({ do: 'new' })}
    >
      New route
    </Button>
  )
  const link = (row: RouteSummary) => (
    <Link
      to="/p/$project/$environment/routes/$route"
      params={{ ...params, route: row.key }}
      className="cover ell"
    >
      <Sentence parts={row.matchSentence} />
    </Link>
  )
  const bar = (row: RouteSummary) => (
    <SplitBar
      parts={row.arms.map((arm, i) => ({
        id: arm.arm,
        percent: row.arms.length === 1 ? 100 : arm.sharePercent,
        tone: armTone(i, row.arms.length, row.by),
        label: `${arm.arm} to ${arm.leadsTo}`,
      }))}
    />
  )
  return (
    <div className="page">
      <PageHead
        title="Routes"
        sub="Which requests go where; the first that fits takes them"
        actions={create}
      />
      <div className="filters" role="search">
        <SearchField
          value={search.q ?? ''}
          onValue={(q) => set({ q: q || undefined })}
          placeholder="Host, path, backend or owner"
        />
        <OwnerChoice value={search.owner} onOwner={(owner) => set({ owner })} />
        {data && <span className="count num">{count(rows.length, 'route')}</span>}
      </div>
      {error && !data ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : !data ? (
        <Skeleton rows={8} label="Loading routes" />
      ) : rows.length === 0 ? (
        <EmptyState
          title={filtered ? 'No route fits' : 'No routes yet'}
          action={
            filtered ? <Button onClick={() => void navigate({ search: {} })}>Show all routes</Button> : create
          }
        >
          {filtered
            ? 'The filters leave nothing over.'
            : 'A route takes requests by host and path and leads them to a service, a redirect or an answer.'}
        </EmptyState>
      ) : (
        <VirtualTable
          label="Routes"
          rows={rows}
          rowKey={(row) => row.key}
          rowHeight={44}
          selected={search.row}
          columns={[
            {
              id: 'order',
              head: <span className="vh">Order</span>,
              width: '24px',
              cell: (row) => <span className="t3 num">{row.order}</span>,
            },
            { id: 'match', head: 'Requests', width: 'minmax(220px, 1.6fr)', cell: link },
            { id: 'split', head: 'Served', width: '110px', cell: bar },
            {
              id: 'to',
              head: 'Lead to',
              width: 'minmax(180px, 1.4fr)',
              cell: (row) =>
                row.arms.length === 1
                  ? row.arms[0]!.leadsTo
                  : row.arms.map((arm) => `${arm.leadsTo} ${percent(arm.sharePercent)}`).join(' · '),
            },
            {
              id: 'rate',
              head: 'req/s',
              width: '62px',
              end: true,
              cell: (row) => number(row.requestsPerSecond),
            },
            {
              id: 'errors',
              head: 'Errors',
              width: '112px',
              end: true,
              cell: (row) => row.arms.map((arm) => percent(arm.errorPercent)).join(' / '),
            },
            {
              id: 'owner',
              head: 'Owner',
              width: '92px',
              from: 1100,
              cell: (row) => row.owner && <OwnerName of={row.owner} />,
            },
          ]}
          phone={(row) => (
            <>
              <span className="grow route-words">
                {link(row)}
                <span className="t2 s ell">to {row.arms.map((arm) => arm.leadsTo).join(', ')}</span>
              </span>
              <span className="route-phone">
                {bar(row)}
                <span className="t2 s num">{number(row.requestsPerSecond)} req/s</span>
              </span>
            </>
          )}
          phoneHeight={86}
        />
      )}
      <NewRouteSheet open={search.do === 'new'} onClose={() => set({ do: undefined })} />
    </div>
  )
}
