import { useQuery } from '@tanstack/react-query'
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { isProblem } from '@/api/problem'
import { trafficQuery } from '@/api/queries'
import type { EditOp, RouteDetail } from '@/api/types'
import { ScheduledHere } from '@/app/changes/ScheduledHere'
import { Explain } from '@/app/explain/Explain'
import { AffectedNow } from '@/app/impact/AffectedNow'
import { RevisionLinks } from '@/app/routes/RevisionLinks'
import { same } from '@/same'
import { refusal, useAsOf, useScope } from '@/scope'
import { partOf } from '@/shell/tray/merge'
import { useResourceEdits } from '@/shell/tray/useResourceEdits'
import { Button, IconButton } from '@/ui/Button'
import { Card, Fact, Facts, PageHead } from '@/ui/Card'
import { EmptyState, ErrorState, Skeleton } from '@/ui/Feedback'
import { Sentence } from '@/ui/Sentence'
import { percent } from '@/ui/SplitBar'
import { State } from '@/ui/State'
import { TimeSeries } from '@/ui/TimeSeries'
import { count, number } from '@/ui/time'
import { OwnerName } from '../people/people'
import { AboutFields } from '../resources/AboutFields'
import { ManagedMark } from '../resources/ManagedMark'
import { handToGit, managedRefusal, takeOver } from '../resources/writer'
import { useMay } from '../settings/policies/useMay'
import { ArmSheet, MatchSheet, SplitSheet } from './EditSheets'
import { routeQuery, routeTrafficQuery } from './queries'
import { SplitCard } from './SplitCard'
import { applyToRoute } from './split'
import { armTone, pathWords, splitPath } from './words'
import '../flags/flags.css'
import './routes.css'

export default function RoutePage() {
  const { project, environment } = useScope()
  const { route } = useParams({ from: '/p/$project/$environment/routes/$route' })
  const { data, error, refetch } = useQuery(routeQuery(project.key, environment.key, route))
  if (data) return <Page detail={data} />
  return (
    <div className="page">
      {isProblem(error, 404) ? (
        <EmptyState title={`There is no route ${route}`}>
          It may wait in a change that is not applied yet, or was deleted; History knows.
        </EmptyState>
      ) : error ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : (
        <Skeleton rows={10} label="Loading the route" />
      )}
    </div>
  )
}

function Page({ detail }: { detail: RouteDetail }) {
  const { project, environment, can, member } = useScope()
  const then = useAsOf()
  const search = useSearch({ from: '/p/$project/$environment/routes/$route' })
  const navigate = useNavigate({ from: '/p/$project/$environment/routes/$route' })
  const set = (next: Partial<typeof search>) =>
    void navigate({ search: (old) => ({ ...old, ...next }), replace: true, resetScroll: false })
  const own = useResourceEdits({ kind: 'route', environment: environment.key, key: detail.key })
  const draft = applyToRoute(detail.route, own.ops)
  const add = (op: EditOp) => {
    const others = applyToRoute(
      detail.route,
      own.ops.filter((each) => partOf(each) !== partOf(op)),
    )
    if (same(others, applyToRoute(others, [op]))) own.drop(op)
    else own.add(op)
  }
  const forbidden = can('editTraffic') ? undefined : refusal('editTraffic', member)
  const refused = forbidden ?? managedRefusal(draft)
  const may = useMay({ kind: 'route', environment: environment.key, key: detail.key })
  const { data: traffic } = useQuery(routeTrafficQuery(project.key, environment.key, detail.key))
  const { data: around } = useQuery(trafficQuery(project.key, environment.key))
  const { match } = draft
  const mapping = detail.listenerSpec.mapping
  const matchEdited = own.ops.some((op) => op.type === 'setMatch')
  return (
    <div className="page">
      <PageHead
        title={detail.name || detail.key}
        states={
          <>
            <ManagedMark
              target={{ kind: 'route', environment: environment.key, key: detail.key }}
              live={detail.route}
              draft={draft}
              refused={forbidden}
              onTakeOver={() => own.add(takeOver)}
              onHandOver={() => own.add(handToGit)}
            />
            {own.edits.length > 0 && (
              <State kind="edited" pill>
                {count(own.edits.length, 'edit')} in your change
              </State>
            )}
          </>
        }
        sub={
          <>
            <code>{detail.key}</code> · {number(detail.requestsPerSecond)} req/s,{' '}
            {percent(detail.errorPercent)} errors
            {detail.owner && (
              <>
                {' · owner '}
                <OwnerName of={detail.owner} />
              </>
            )}{' '}
            · last changed r{detail.revision}
          </>
        }
        actions={
          <>
            <Button refused={refused ?? may('match')} onClick={() => set({ do: 'match' })}>
              Edit match…
            </Button>
            <Button refused={refused ?? may('arms')} onClick={() => set({ do: 'split' })}>
              Split by…
            </Button>
          </>
        }
      />
      <ScheduledHere kinds={['route']} name={detail.key} />
      <div className="grid two">
        <div className="stack">
          <Card label="What it does">
            <p className="sentence">
              <Sentence parts={detail.sentence} />
            </p>
            <AboutFields
              live={detail.route}
              draft={draft}
              refused={refused}
              onAdd={own.add}
              onDrop={own.drop}
            />
          </Card>
          <Card
            title="Match"
            edited={matchEdited}
            more={
              <>
                number {detail.order} on listener <b>{detail.listener}</b>
              </>
            }
          >
            <Facts wide>
              <Fact label="Host">
                <code>{match.hosts?.join(' ') || 'any'}</code>
              </Fact>
              <Fact label="Who">
                {mapping.contexts?.map((each) => each.kind).join(', ') || 'nobody is told apart'}
              </Fact>
              <Fact label="Path">
                <code>{pathWords(match)}</code>
              </Fact>
              <Fact label="Attributes">
                <code>
                  {mapping.contexts
                    ?.flatMap((each) => each.attributes?.map(({ name }) => name) ?? [])
                    .join(' ') || 'none'}
                </code>
              </Fact>
              <Fact label="Methods">
                <code>{match.methods?.join(' ') || 'any'}</code>
              </Fact>
              <Fact label="Not believed">
                <code>{mapping.untrustedHeaders?.join(' ') || 'none'}</code>
              </Fact>
              <Fact label="Timeout">{number(draft.timeoutMs ?? 15_000)} ms</Fact>
            </Facts>
          </Card>
          <SplitCard
            {...{ detail, draft }}
            refused={refused ?? may('arms')}
            weightsRefused={refused ?? may('weights')}
            edited={own.ops.some((op) => op.type === 'setWeights' || op.type === 'setSplit')}
            onAdd={add}
            onArm={(arm) => set({ arm })}
          />
          {then === undefined && traffic && traffic.arms.length > 0 && (
            <Card title="Requests a second" more="last 15 min; dotted lines are revisions">
              <TimeSeries
                axes
                height={150}
                from={traffic.from}
                step={traffic.step}
                label="Requests a second of each arm over the last 15 minutes"
                format={number}
                marks={around?.revisions.map((each) => ({ at: each.at, label: `r${each.number}` })) ?? []}
                series={traffic.arms.map((arm, i) => ({
                  label: arm.arm,
                  values: arm.requests.map((each) => each / traffic.step),
                  look: armTone(i, traffic.arms.length, draft.split.by),
                }))}
              />
            </Card>
          )}
        </div>
        <aside className="stack sticky">
          <AffectedNow edits={own.edits} />
          {own.views.length > 0 && (
            <Card edited flush title="In your change">
              <ul className="mine">
                {own.views.map(({ edit, view }, i) => (
                  <li key={i}>
                    {view ? <Sentence parts={view.sentence} /> : <span className="t3">saving…</span>}
                    <IconButton icon="undo" label="Take this edit back" onClick={() => own.drop(edit.op)} />
                  </li>
                ))}
              </ul>
            </Card>
          )}
          <Card title="Why would a request go there?">
            <Explain
              initial={{
                method: search.method ?? match.methods?.[0] ?? 'GET',
                url:
                  search.url ?? `http://${match.hosts?.[0] ?? 'localhost'}${splitPath(match.path)[1] || '/'}`,
                headers: search.h ?? '',
              }}
              ask={!!search.url}
              onAsk={({ method, url, headers }) => set({ method, url, h: headers || undefined })}
            />
          </Card>
          <RevisionLinks route={detail.key} />
        </aside>
      </div>
      {search.do === 'match' && (
        <MatchSheet route={draft} onAdd={add} onClose={() => set({ do: undefined })} />
      )}
      {search.do === 'split' && (
        <SplitSheet
          route={draft}
          served={detail.arms}
          mapping={mapping}
          onAdd={add}
          onClose={() => set({ do: undefined })}
        />
      )}
      {search.arm && (
        <ArmSheet
          key={search.arm}
          route={draft}
          arm={search.arm}
          onAdd={add}
          onClose={() => set({ arm: undefined })}
        />
      )}
    </div>
  )
}
