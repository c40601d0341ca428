import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useDeferredValue, useEffect, useRef } from 'react'
import { revisionQuery, revisionsQuery } from '@/api/queries'
import type { RevisionView } from '@/api/types'
import { useScope } from '@/scope'
import { useHotkeys } from '@/shell/hotkeys'
import { isChange } from '@/shell/tray/drafts'
import { Button, Chip } from '@/ui/Button'
import { Card, PageHead } from '@/ui/Card'
import { EmptyState, ErrorState, Skeleton } from '@/ui/Feedback'
import { SearchField } from '@/ui/Field'
import { Icon } from '@/ui/Icon'
import { Menu, MenuItem } from '@/ui/Menu'
import { count, day } from '@/ui/time'
import { useRows } from '@/ui/useRows'
import { BackSheet } from './BackSheet'
import { Revision } from './Revision'
import { RevisionRow } from './RevisionRow'
import { kinds } from './search'
import './history.css'

/** The timeline, newest first; the selected revision beside it. */
export default function HistoryPage() {
  const from = '/p/$project/$environment/history'
  const search = useSearch({ from })
  const navigate = useNavigate({ from })
  const { project } = useScope()
  const { r, do: doing, at: _shown, ...filter } = search
  const set = (part: Partial<typeof search>, replace = true) =>
    void navigate({
      search: (old) =>
        Object.fromEntries(
          Object.entries({ ...old, ...part }).filter(([, value]) => value !== undefined && value !== ''),
        ),
      replace,
      resetScroll: false,
    })
  const asked = useDeferredValue(filter)
  const list = useInfiniteQuery({ ...revisionsQuery(project.key, asked), placeholderData: (old) => old })
  const items = list.data?.pages.flatMap((page) => page.items) ?? []
  const one = useQuery({ ...revisionQuery(project.key, r ?? 0), enabled: r !== undefined })
  const selected = one.data?.number === r ? one.data : items.find((each) => each.number === r)
  const authors = [...new Map(items.map((each) => [each.author, each.authorName]))]
  const filtered = Object.keys(filter).length > 0

  useRows(
    items.map((each) => String(each.number)),
    r === undefined ? undefined : String(r),
    (number) => set({ r: Number(number) }),
  )
  useHotkeys([
    { keys: 'r', label: 'Revert the selected revision', run: () => selected && set({ do: 'revert' }) },
    { keys: 'Escape', label: 'Close the selected revision', run: () => set({ r: undefined, do: undefined }) },
  ])

  return (
    <div className="page">
      <PageHead title="History" />
      <div className="filters">
        <SearchField
          value={filter.q ?? ''}
          onValue={(q) => set({ q })}
          placeholder="Words, resource or r-number"
        />
        {project.environments.map((each) => (
          <Chip
            key={each.key}
            pressed={filter.environment === each.key}
            onClick={() => set({ environment: filter.environment === each.key ? undefined : each.key })}
          >
            {each.name}
          </Chip>
        ))}
        <Picker
          name="Kind"
          value={filter.kind}
          options={kinds.map((kind) => [kind, kind])}
          onPick={(kind) => set({ kind: kind as (typeof kinds)[number] | undefined })}
        />
        <Picker name="Who" value={filter.author} options={authors} onPick={(author) => set({ author })} />
        {filter.key && (
          <Chip pressed onClick={() => set({ key: undefined })}>
            {filter.key} <Icon name="close" size={12} />
          </Chip>
        )}
        {list.data && <span className="count num">{count(list.data.pages[0]?.total ?? 0, 'revision')}</span>}
      </div>
      <div className={`grid two history${selected ? ' open' : ''}`}>
        <Card label="Revisions" flush>
          {list.isPending && <Skeleton rows={8} />}
          {list.isError && items.length === 0 && (
            <ErrorState error={list.error} onRetry={() => void list.refetch()} />
          )}
          {list.isSuccess && items.length === 0 && (
            <EmptyState
              title={filtered ? 'No revision fits these filters' : 'Nothing has changed yet'}
              action={filtered && <Button onClick={() => void navigate({ search: {} })}>Show all</Button>}
            >
              {filtered
                ? 'Words look in sentences, titles, reasons and names.'
                : 'Every change that is applied stands here, with who, why and a way back.'}
            </EmptyState>
          )}
          <Days items={items} selected={r} onSelect={(number) => set({ r: number })} />
          {list.hasNextPage && (
            <More
              loading={list.isFetchingNextPage}
              onMore={() => void list.fetchNextPage()}
              left={(list.data?.pages[0]?.total ?? 0) - items.length}
            />
          )}
        </Card>
        <aside className="history-aside" aria-label="Selected revision">
          {selected ? (
            <Revision
              revision={selected}
              onBack={(how) => set({ do: how })}
              onClose={() => set({ r: undefined })}
            />
          ) : r !== undefined && one.isError ? (
            <Card label={`r${r}`} flush>
              <ErrorState error={one.error} />
            </Card>
          ) : r !== undefined ? (
            <Card label={`r${r}`} flush>
              <Skeleton />
            </Card>
          ) : (
            <Card label="No revision selected">
              <p className="t2">
                Choose a revision to read it in full, revert it, or restore what was at that point.
              </p>
              <p className="note history-keys">
                <kbd>J</kbd> <kbd>K</kbd> move, <kbd>R</kbd> revert
              </p>
            </Card>
          )}
        </aside>
      </div>
      {doing && r !== undefined && (
        <BackSheet
          key={`${doing} ${r}`}
          how={doing}
          number={r}
          onClose={() => set({ do: undefined })}
          onDone={(answer) =>
            isChange(answer)
              ? void navigate({
                  to: '/p/$project/$environment/changes/$number',
                  params: (old) => ({ ...old, number: String(answer.number) }),
                })
              : set({ do: undefined, r: answer.number })
          }
          onRestore={() => set({ do: 'restore', r: r - 1 })}
        />
      )}
    </div>
  )
}

function Days({
  items,
  selected,
  onSelect,
}: {
  items: RevisionView[]
  selected: number | undefined
  onSelect: (number: number) => void
}) {
  const days: { day: string; items: RevisionView[] }[] = []
  for (const item of items) {
    const word = day(item.at)
    if (days.at(-1)?.day !== word) days.push({ day: word, items: [] })
    days.at(-1)!.items.push(item)
  }
  return days.map((each) => (
    <section key={each.day} aria-label={each.day}>
      <h2 className="day">{each.day}</h2>
      <ol>
        {each.items.map((revision) => (
          <RevisionRow
            key={revision.number}
            revision={revision}
            selected={revision.number === selected}
            onSelect={() => onSelect(revision.number)}
          />
        ))}
      </ol>
    </section>
  ))
}

function Picker({
  name,
  value,
  options,
  onPick,
}: {
  name: string
  value: string | undefined
  options: (readonly [string, string])[]
  onPick: (value: string | undefined) => void
}) {
  const label = options.find(([key]) => key === value)?.[1] ?? value
  return (
    <Menu
      label={name}
      trigger={
        <Chip pressed={value !== undefined}>
          {label ?? name}
          <Icon name="down" size={12} />
        </Chip>
      }
    >
      <MenuItem checked={value === undefined} onSelect={() => onPick(undefined)}>
        Any
      </MenuItem>
      {options.map(([key, word]) => (
        <MenuItem key={key} checked={key === value} onSelect={() => onPick(key)}>
          {word}
        </MenuItem>
      ))}
    </Menu>
  )
}

/** Comes into view, loads more; also a button, for who does not scroll. */
function More({ loading, onMore, left }: { loading: boolean; onMore: () => void; left: number }) {
  const ref = useRef<HTMLDivElement>(null)
  const more = useRef(onMore)
  more.current = onMore
  useEffect(() => {
    const seen = new IntersectionObserver(([entry]) => entry?.isIntersecting && more.current())
    if (ref.current) seen.observe(ref.current)
    return () => seen.disconnect()
  }, [])
  return (
    <div className="history-more" ref={ref}>
      <Button small look="quiet" onClick={onMore}>
        {loading ? 'Loading older ones…' : `${count(left, 'older revision')}`}
      </Button>
    </div>
  )
}
