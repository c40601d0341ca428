import { useInfiniteQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { lazy, Suspense, useCallback, useDeferredValue, useMemo } from 'react'
import type { FlagSummary } from '@/api/types'
import { refusal, useScope } from '@/scope'
import { useHotkeys } from '@/shell/hotkeys'
import { useTray } from '@/shell/tray/useTray'
import { Button, Chip } from '@/ui/Button'
import { PageHead } from '@/ui/Card'
import { Choice } from '@/ui/Choice'
import { EmptyState, ErrorState, Skeleton } from '@/ui/Feedback'
import { SearchField } from '@/ui/Field'
import { Sentence } from '@/ui/Sentence'
import { State, Tag } from '@/ui/State'
import { ago, count } from '@/ui/time'
import { useRows } from '@/ui/useRows'
import { type Column, VirtualTable } from '@/ui/VirtualTable'
import { OwnerChoice } from '../people/OwnerChoice'
import { OwnerName } from '../people/people'
import { KillSheet } from './KillSheet'
import { NewFlagSheet } from './NewFlagSheet'
import { flagsQuery } from './queries'
import { flagTypes } from './search'
import { OnState, ServedBar, shareWords } from './words'
import './flags.css'

const Unknown = lazy(() => import('./Unknown'))
const Repositories = lazy(() => import('./Repositories'))

const lists = {
  stale: 'Stale',
  archived: 'Archived',
  unknown: 'Asked for, not made',
  code: 'In code',
} as const
const nothing = {
  all: 'No flag fits',
  stale: 'No flag is stale',
  archived: 'No flag is archived',
  unknown: '',
} as const
const states = { on: 'On', off: 'Off', partial: 'Partly served' } as const

export default function FlagsPage() {
  const { project, environment, can, member } = useScope()
  const params = useParams({ from: '/p/$project/$environment/flags' })
  const search = useSearch({ from: '/p/$project/$environment/flags' })
  const navigate = useNavigate({ from: '/p/$project/$environment/flags' })
  const set = (next: Partial<typeof search>) =>
    void navigate({ search: (old) => ({ ...old, ...next }), replace: true, resetScroll: false })
  const { q, state, tag, owner, type, list, row } = search
  const deferred = useDeferredValue(q)
  const filter = {
    ...(deferred ? { q: deferred } : {}),
    ...(state ? { state } : {}),
    ...(tag ? { tag } : {}),
    ...(owner ? { owner } : {}),
    ...(type ? { type } : {}),
    ...(list === 'archived' ? { archived: true } : {}),
    ...(list === 'stale' ? { stale: true } : {}),
  }
  const { data, error, refetch, fetchNextPage, hasNextPage, isFetchingNextPage } = useInfiniteQuery(
    flagsQuery(project.key, environment.key, filter),
  )
  const rows = useMemo(() => data?.pages.flatMap((page) => page.items) ?? [], [data])
  const total = data?.pages[0]?.total ?? 0
  const keys = useMemo(() => rows.map((row) => row.key), [rows])
  const tray = useTray()
  const drafted = new Map<string, number>()
  for (const { target } of tray.edits)
    if (
      target.kind === 'flag' ||
      (target.kind === 'targeting' && (target.environment ?? environment.key) === environment.key)
    )
      drafted.set(target.key, (drafted.get(target.key) ?? 0) + 1)
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage()
  }, [hasNextPage, isFetchingNextPage, fetchNextPage])

  const open = (flag: string) =>
    void navigate({ to: '/p/$project/$environment/flags/$flag', params: { ...params, flag } })
  useRows(keys, row, (key) => set({ row: key }), open)
  useHotkeys([
    { keys: 'o', label: 'Turn the selected flag off or on', run: () => row && set({ do: 'switch' }) },
    { keys: 'n', label: 'New flag', run: () => set({ do: 'new' }) },
  ])
  const refused = can('editFlags') ? undefined : refusal('editFlags', member)
  const create = (
    <Button look="primary" icon="plus" refused={refused} onClick={() => set({ do: 'new' })}>
      New flag
    </Button>
  )
  // Lists of something else than flags.
  const apart = list === 'unknown' || list === 'code'
  const filtered = !!(q || state || tag || owner || type || list)
  const values = (of: (flag: FlagSummary) => string[]) => [...new Set(rows.flatMap(of))].sort()

  return (
    <div className="page">
      <PageHead title="Flags" sub="Who gets what, decided by rules" actions={create} />
      <div className="filters" role="search">
        <SearchField
          value={q ?? ''}
          onValue={(value) => set({ q: value || undefined })}
          placeholder="Name, tag, owner or variation"
        />
        <Choice
          name="State"
          value={state && states[state]}
          onClear={() => set({ state: undefined })}
          options={Object.entries(states).map(([id, word]) => ({
            word,
            run: () => set({ state: id as keyof typeof states }),
          }))}
        />
        <Choice
          name="Type"
          value={type}
          onClear={() => set({ type: undefined })}
          options={flagTypes.map((word) => ({ word, run: () => set({ type: word }) }))}
        />
        <OwnerChoice value={owner} onOwner={(next) => set({ owner: next })} />
        <Choice
          name="Tag"
          value={tag}
          onClear={() => set({ tag: undefined })}
          options={values((flag) => flag.tags).map((word) => ({ word, run: () => set({ tag: word }) }))}
        />
        {Object.entries(lists).map(([id, word]) => (
          <Chip
            key={id}
            pressed={list === id}
            onClick={() =>
              set({ list: list === id ? undefined : (id as keyof typeof lists), row: undefined })
            }
          >
            {word}
          </Chip>
        ))}
        {data && !apart && <span className="count num">{count(total, 'flag')}</span>}
      </div>
      {apart ? (
        <Suspense fallback={<Skeleton rows={6} />}>
          {list === 'unknown' ? (
            <Unknown refused={refused} onMake={(make) => set({ do: 'new', make })} />
          ) : (
            <Repositories refused={refused} />
          )}
        </Suspense>
      ) : error && !data ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : !data ? (
        <Skeleton rows={12} label="Loading flags" />
      ) : rows.length === 0 ? (
        filtered ? (
          <EmptyState
            title={nothing[list ?? 'all']}
            action={
              <Button onClick={() => void navigate({ search: {}, replace: true })}>Show all flags</Button>
            }
          >
            {list === 'stale'
              ? 'A flag is stale after its last day, or when a release or an experiment gave everyone the same, or was asked for by nobody, for 30 days.'
              : 'The filters leave nothing over.'}
          </EmptyState>
        ) : (
          <EmptyState
            title="No flags yet"
            action={create}
            command={`switchyard apply -f flags/ --project ${project.key}`}
          >
            A flag decides who gets what: on or off, a percentage, or a rule for some. Make one here, or apply
            files that hold some.
          </EmptyState>
        )
      ) : (
        <VirtualTable
          label="Flags"
          rows={rows}
          rowKey={(row) => row.key}
          total={total}
          columns={columns(project.environments, environment.key, params, drafted, list === 'stale')}
          phone={(row) => <PhoneRow row={row} environment={environment.key} params={params} />}
          selected={row}
          onEnd={more}
        />
      )}
      {rows.length > 0 && !apart && (
        <p className="note desk list-keys">
          <kbd>J</kbd> <kbd>K</kbd> rows · <kbd>↵</kbd> open · <kbd>O</kbd> turn off or on · <kbd>?</kbd> all
          keys
        </p>
      )}
      <KillSheet flag={search.do === 'switch' ? row : undefined} onClose={() => set({ do: undefined })} />
      <NewFlagSheet
        open={search.do === 'new'}
        initialKey={search.make}
        onClose={() => set({ do: undefined, make: undefined })}
      />
    </div>
  )
}

interface Params {
  project: string
  environment: string
}

type Named = { key: string; name: string }

/** So many other environments have a column each. */
const many = 4

/** In how many other environments a flag is on; which, on hovering. */
function elsewhere(others: Named[]): Column<FlagSummary> {
  return {
    id: 'elsewhere',
    head: 'Elsewhere',
    width: '112px',
    from: 1180,
    cell: (row) => {
      const on = others.filter(({ key }) =>
        row.environments.some((each) => each.environment === key && each.on),
      )
      return (
        <span title={on.map(({ name }) => name).join(', ') || undefined}>
          <State kind={on.length > 0 ? 'on' : 'off'}>
            {on.length > 0 ? `on in ${on.length} of ${others.length}` : 'off'}
          </State>
        </span>
      )
    },
  }
}

function columns(
  environments: Named[],
  here: string,
  params: Params,
  drafted: Map<string, number>,
  stale: boolean,
): Column<FlagSummary>[] {
  // This environment comes last and wide, as in the top bar; some others show their state only, and of many
  // it is said in how many it is on.
  const others = environments.filter((each) => each.key !== here)
  const short = others.length > 2
  const of = (row: FlagSummary, key: string) => row.environments.find((each) => each.environment === key)
  const column = (each: Named): Column<FlagSummary> => ({
    id: each.key,
    head: each.name,
    width: short ? '86px' : '156px',
    from: 1180,
    cell: (row) => {
      const there = of(row, each.key)
      return there ? (
        <span className="share in-env">
          <OnState on={there.on} flag={row} served={there.served} />
          {!short && <ServedBar flag={row} served={there.served} />}
        </span>
      ) : null
    },
  })
  return [
    {
      id: 'flag',
      head: 'Flag',
      width: 'minmax(160px, 1.3fr)',
      cell: (row) => (
        <Link
          to="/p/$project/$environment/flags/$flag"
          params={{ ...params, flag: row.key }}
          className="cover"
          title={row.name}
        >
          <span className="key">{row.key}</span>
        </Link>
      ),
    },
    ...(stale
      ? [
          {
            id: 'stale',
            head: 'Why it should go',
            width: 'minmax(260px, 2fr)',
            cell: (row) => row.stale && <Sentence parts={row.stale} />,
          } satisfies Column<FlagSummary>,
        ]
      : []),
    {
      id: 'name',
      head: 'Name',
      width: 'minmax(120px, 1.5fr)',
      from: 1240,
      cell: (row) => <span className="t2">{row.name === row.key ? '' : row.name}</span>,
    },
    ...(others.length > many ? [elsewhere(others)] : others.map(column)),
    {
      id: here,
      head: `${environments.find((each) => each.key === here)?.name ?? here}, served now`,
      width: 'minmax(266px, .4fr)',
      cell: (row) => {
        const there = of(row, here)
        return there ? (
          <span className="share in-env">
            <OnState on={there.on} flag={row} served={there.served} />
            <ServedBar flag={row} served={there.served} />
            <span className="p">{shareWords(row, there.served)}</span>
          </span>
        ) : null
      },
    },
    {
      id: 'evaluated',
      head: 'Evaluated',
      width: '84px',
      end: true,
      cell: (row) => {
        const last = of(row, here)?.lastEvaluatedAt
        return <span className="t2 s">{last ? ago(last) : 'never'}</span>
      },
    },
    {
      id: 'owner',
      head: 'Owner',
      width: 'minmax(70px, .6fr)',
      cell: (row) => row.owner && <OwnerName of={row.owner} />,
    },
    {
      id: 'type',
      head: 'Type',
      width: '88px',
      from: 1120,
      cell: (row) => <span className="t2">{row.type}</span>,
    },
    {
      id: 'tags',
      head: 'Tags',
      width: 'minmax(90px, .9fr)',
      cell: (row) =>
        drafted.has(row.key) ? (
          <State kind="edited">{count(drafted.get(row.key)!, 'edit')}</State>
        ) : (
          <>
            {row.stale && !stale && <State kind="warn">stale</State>}
            {row.tags.map((tag) => (
              <Tag key={tag}>{tag}</Tag>
            ))}
          </>
        ),
    },
  ]
}

function PhoneRow({ row, environment, params }: { row: FlagSummary; environment: string; params: Params }) {
  const here = row.environments.find((each) => each.environment === environment)
  return (
    <>
      <Link
        to="/p/$project/$environment/flags/$flag"
        params={{ ...params, flag: row.key }}
        className="cover grow ell"
      >
        <span className="key">{row.key}</span>
        <br />
        {here && <OnState on={here.on} flag={row} served={here.served} />}
      </Link>
      {here && (
        <span className="share col">
          <ServedBar flag={row} served={here.served} />
          <span className="p">{shareWords(row, here.served)}</span>
        </span>
      )}
    </>
  )
}
