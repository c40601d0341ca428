import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import { isProblem } from '@/api/problem'
import { revisionsQuery } from '@/api/queries'
import type { FlagDetail } from '@/api/types'
import { ScheduledHere } from '@/app/changes/ScheduledHere'
import { useAsOf, useScope } from '@/scope'
import { useHotkeys } from '@/shell/hotkeys'
import { Button, IconButton } from '@/ui/Button'
import { Card, PageHead } from '@/ui/Card'
import { EmptyState, ErrorState, Skeleton } from '@/ui/Feedback'
import { Sentence } from '@/ui/Sentence'
import { State, Tag } from '@/ui/State'
import { Tabs } from '@/ui/Tabs'
import { ago, number, windowWords } from '@/ui/time'
import { OwnerName } from '../people/people'
import { ManagedMark } from '../resources/ManagedMark'
import { writerOf } from '../resources/writer'

import { About } from './About'

import { KillSheet } from './KillSheet'
import { flagQuery } from './queries'
import { RevisionRows } from './RevisionRows'
import { Rules } from './Rules'
import { draftWords, ServedCard } from './ServedCard'
import { UsedBy } from './UsedBy'
import { type FlagDraft, useFlagDraft } from './useFlagDraft'
import { Variations } from './Variations'
import { WhoMoves } from './WhoMoves'
import { OnState, ServedBar, shareWords, TargetingState } from './words'
import './flags.css'

const Usage = lazy(() => import('./Usage'))

export default function FlagPage() {
  const { project, environment } = useScope()
  const { flag } = useParams({ from: '/p/$project/$environment/flags/$flag' })
  const { data, error, refetch } = useQuery(flagQuery(project.key, environment.key, flag))
  if (!data)
    return (
      <div className="page">
        {isProblem(error, 404) ? (
          <EmptyState title={`There is no flag ${flag}`}>
            It may wait in a change that is not applied yet, or was deleted; History knows.
          </EmptyState>
        ) : error ? (
          <ErrorState error={error} onRetry={() => void refetch()} />
        ) : (
          <Skeleton rows={10} label="Loading the flag" />
        )}
      </div>
    )
  return <Page detail={data} />
}

function Page({ detail }: { detail: FlagDetail }) {
  const params = useParams({ from: '/p/$project/$environment/flags/$flag' })
  const search = useSearch({ from: '/p/$project/$environment/flags/$flag' })
  const navigate = useNavigate({ from: '/p/$project/$environment/flags/$flag' })
  const set = (next: Partial<typeof search>) =>
    void navigate({ search: (old) => ({ ...old, ...next }), replace: true, resetScroll: false })
  const draft = useFlagDraft(detail)
  const then = useAsOf()
  const { flag, served } = detail
  useHotkeys([{ keys: 'o', label: 'Turn the flag off or on', run: () => set({ do: 'switch' }) }])
  const drafted = draftWords(draft)
  const tab = (id: typeof search.tab, words: string, n?: number) => (
    <Link
      to="/p/$project/$environment/flags/$flag"
      params={params}
      search={id ? { tab: id } : {}}
      activeOptions={{ exact: true }}
      aria-current={search.tab === id ? 'page' : undefined}
    >
      {words} {n !== undefined && <span className="n">{n}</span>}
    </Link>
  )
  return (
    <div className="page">
      <PageHead
        mono
        title={flag.key}
        states={
          <>
            {flag.archived ? (
              <State kind="off" pill>
                archived
              </State>
            ) : (
              <TargetingState flag={flag} targeting={detail.targeting} />
            )}
            <ManagedMark
              target={
                writerOf(detail.targeting)
                  ? { kind: 'targeting', environment: params.environment, key: flag.key }
                  : { kind: 'flag', key: flag.key }
              }
              live={writerOf(detail.targeting) ? detail.targeting : flag}
              draft={writerOf(draft.targeting) ? draft.targeting : draft.flag}
              refused={draft.forbidden}
              onTakeOver={draft.takeOver}
            />
            {drafted && (
              <State kind="edited" pill>
                {drafted} in your change
              </State>
            )}
          </>
        }
        sub={
          <>
            {flag.description && `${flag.description} `}
            {flag.type[0]!.toUpperCase() + flag.type.slice(1)} flag
            {flag.owner && (
              <>
                {' · owner '}
                <OwnerName of={flag.owner} />
              </>
            )}
            {served.lastEvaluatedAt
              ? ` · evaluated ${ago(served.lastEvaluatedAt)}, ${number(served.sample)} seen in ${windowWords(served.windowSeconds)}`
              : ' · never evaluated here'}{' '}
            {flag.tags?.map((tag) => (
              <Tag key={tag}>{tag}</Tag>
            ))}
          </>
        }
        actions={
          <Button
            shortcut="O"
            refused={
              (detail.targeting.on ? draft.forbidden : draft.refused) ??
              (flag.archived ? 'It is archived: nobody gets it.' : undefined)
            }
            onClick={() => set({ do: 'switch' })}
          >
            Turn {detail.targeting.on ? 'off' : 'on'}…
          </Button>
        }
      />
      {detail.stale && (
        <p className="banner warn stale">
          <State kind="warn">Stale</State>
          <span>
            <Sentence parts={detail.stale} />
          </span>
        </p>
      )}
      <ScheduledHere kinds={['flag', 'targeting']} name={flag.key} />
      <Tabs label="Flag">
        {tab(undefined, 'Targeting')}
        {tab('usage', 'Usage')}
        {tab('variations', 'Variations', flag.variations.length)}
        {tab('environments', 'Environments', detail.environments.length)}
        {tab('used', 'Used by', detail.usedBy.length)}
        {tab('history', 'History')}
      </Tabs>
      {search.tab === 'usage' ? (
        then !== undefined ? (
          <p className="note">What was served then is not shown here.</p>
        ) : (
          <Suspense fallback={<Skeleton rows={8} label="Loading the usage" />}>
            <Usage
              detail={detail}
              days={search.days ?? 30}
              onDays={(days) => set({ days: days === 30 ? undefined : days })}
            />
          </Suspense>
        )
      ) : search.tab === 'variations' ? (
        <Variations detail={detail} draft={draft} />
      ) : search.tab === 'environments' ? (
        <Environments detail={detail} />
      ) : search.tab === 'used' ? (
        <UsedBy detail={detail} />
      ) : search.tab === 'history' ? (
        <History flag={flag.key} />
      ) : (
        <div className="grid two">
          <div className="stack">
            <ServedCard
              detail={detail}
              draft={draft}
              seconds={search.seconds ?? 900}
              onSeconds={(seconds) => set({ seconds: seconds === 900 ? undefined : seconds })}
            />
            <Rules detail={detail} draft={draft} open={search.rule} onOpen={(rule) => set({ rule })} />
          </div>
          <aside className="stack sticky">
            <WhoMoves draft={draft} />
            <Mine draft={draft} />
            <UsedBy detail={detail} />
            <About detail={detail} draft={draft} />
          </aside>
        </div>
      )}
      <KillSheet
        flag={search.do === 'switch' || search.off ? flag.key : undefined}
        onClose={() => set({ do: undefined, off: undefined })}
      />
    </div>
  )
}

/** What the member's change does to this flag; each edit can be taken back alone. */
function Mine({ draft }: { draft: FlagDraft }) {
  if (draft.views.length === 0) return null
  return (
    <Card edited flush title="In your change">
      <ul className="mine">
        {draft.views.map(({ edit, view }, i) => (
          <li key={i}>
            {view ? <Sentence parts={view.sentence} /> : <span className="t3">saving…</span>}
            <IconButton
              icon="undo"
              label="Take this edit back"
              onClick={() => (edit.target.kind === 'flag' ? draft.dropFlag(edit.op) : draft.drop(edit.op))}
            />
          </li>
        ))}
      </ul>
    </Card>
  )
}

function Environments({ detail }: { detail: FlagDetail }) {
  const { project, environment } = useScope()
  return (
    <Card flush label="Environments">
      {detail.environments.map((each) => (
        <Link
          key={each.environment}
          className="item"
          to="/p/$project/$environment/flags/$flag"
          params={{ project: project.key, environment: each.environment, flag: detail.flag.key }}
        >
          <span className="grow">
            <span className="row wrap">
              <b>
                {project.environments.find(({ key }) => key === each.environment)?.name ?? each.environment}
              </b>
              <OnState on={each.on} flag={detail.flag} served={each.served} />
              {each.environment === environment.key && <span className="t3 s">this one</span>}
            </span>
            <span className="t2 s">
              <Sentence parts={each.sentence} />
            </span>
          </span>
          <span className="share">
            <ServedBar flag={detail.flag} served={each.served} />
            <span className="p">{shareWords(detail.flag, each.served)}</span>
          </span>
        </Link>
      ))}
    </Card>
  )
}

function History({ flag }: { flag: string }) {
  const { project } = useScope()
  const { data, error, refetch, hasNextPage, fetchNextPage } = useInfiniteQuery(
    revisionsQuery(project.key, { key: flag }),
  )
  if (error && !data) return <ErrorState error={error} onRetry={() => void refetch()} />
  if (!data) return <Skeleton rows={6} />
  const own = (target: { kind: string; key: string }) =>
    target.key === flag && (target.kind === 'flag' || target.kind === 'targeting')
  const revisions = data.pages
    .flatMap((page) => page.items)
    .filter((each) => each.edits.some(({ target }) => own(target)))
  return (
    <Card flush label="Revisions of this flag">
      {revisions.length === 0 && <EmptyState title="No revision touched it yet" />}
      <RevisionRows revisions={revisions} own={own} />
      {hasNextPage && (
        <Button look="quiet" wide onClick={() => void fetchNextPage()}>
          Older
        </Button>
      )}
    </Card>
  )
}
