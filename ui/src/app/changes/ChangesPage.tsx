import { useInfiniteQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { useScope } from '@/scope'
import { Button } from '@/ui/Button'
import { Card, PageHead } from '@/ui/Card'
import { EmptyState, ErrorState, Skeleton } from '@/ui/Feedback'
import { Tabs } from '@/ui/Tabs'
import { useRows } from '@/ui/useRows'
import { ChangeRow } from './ChangeRow'
import { changesQuery } from './queries'
import { type Tab, tabs } from './search'
import './changes.css'

const words: Record<Tab, { tab: string; empty: string; why: string }> = {
  needs: {
    tab: 'Needs me',
    empty: 'No change waits for you',
    why: 'What you may approve, and nobody has approved enough yet, stands here.',
  },
  open: {
    tab: 'Open',
    empty: 'No change is in review',
    why: 'A change sent for review stands here until it is applied.',
  },
  applied: {
    tab: 'Applied',
    empty: 'No change was applied yet',
    why: 'History has every revision, also those without a change.',
  },
  mine: {
    tab: 'Mine',
    empty: 'You have made no change yet',
    why: 'Edit a flag or a route: each edit is collected in a change.',
  },
}

/** Proposals and what became of them. */
export default function ChangesPage() {
  const { project } = useScope()
  const params = useParams({ from: '/p/$project/$environment/changes' })
  const { tab = 'needs' } = useSearch({ from: '/p/$project/$environment/changes' })
  const navigate = useNavigate({ from: '/p/$project/$environment/changes' })
  const list = useInfiniteQuery(changesQuery(project.key, tab))
  const items = list.data?.pages.flatMap((page) => page.items) ?? []
  const [at, setAt] = useState<string>()
  const open = (number: string) =>
    void navigate({ to: '/p/$project/$environment/changes/$number', params: { ...params, number } })
  useRows(
    items.map((each) => String(each.number)),
    at,
    setAt,
    open,
  )
  return (
    <div className="page">
      <PageHead title="Changes" sub="What is proposed, who has agreed, and what became of it." />
      <Tabs label="Changes">
        {tabs.map((each) => (
          <Link
            key={each}
            to="/p/$project/$environment/changes"
            params={params}
            activeOptions={{ exact: true }}
            search={each === 'needs' ? {} : { tab: each }}
            aria-current={each === tab ? 'page' : undefined}
          >
            {words[each].tab}{' '}
            {each === tab && list.data && <span className="n">{list.data.pages[0]?.total ?? 0}</span>}
          </Link>
        ))}
      </Tabs>
      <Card label={words[tab].tab} flush>
        {list.isPending && <Skeleton rows={6} />}
        {list.isError && items.length === 0 && (
          <ErrorState error={list.error} onRetry={() => void list.refetch()} />
        )}
        {list.isSuccess && items.length === 0 && (
          <EmptyState title={words[tab].empty}>{words[tab].why}</EmptyState>
        )}
        {items.map((change) => (
          <ChangeRow key={change.number} change={change} selected={String(change.number) === at} />
        ))}
        {list.hasNextPage && (
          <Button look="quiet" wide onClick={() => void list.fetchNextPage()}>
            {list.isFetchingNextPage ? 'Loading older ones…' : 'Older'}
          </Button>
        )}
      </Card>
    </div>
  )
}
