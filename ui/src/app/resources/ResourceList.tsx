import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { Page } from '@/api/types'
import { Button } from '@/ui/Button'
import { Card, PageHead } from '@/ui/Card'
import { EmptyState, ErrorState, Skeleton } from '@/ui/Feedback'
import { SearchField } from '@/ui/Field'
import { Table } from '@/ui/Table'
import { count } from '@/ui/time'
import { useRows } from '@/ui/useRows'
import { OwnerChoice } from '../people/OwnerChoice'

interface Item {
  key: string
}

export interface Search {
  q?: string | undefined
  owner?: string | undefined
  key?: string | undefined
}

/** A page of few resources: a filter, a table, and the selected one beside it. */
export function ResourceList<T extends Item>({
  title,
  sub,
  one,
  list,
  search,
  onSearch,
  head,
  row,
  empty,
  detail,
}: {
  title: string
  sub: string
  /** What one of them is called. */
  one: string
  list: UseQueryResult<Page<T>>
  search: Search
  onSearch: (search: Search) => void
  head: ReactNode
  /** A row's cells; `select` opens it. */
  row: (item: T, select: () => void) => ReactNode
  empty: { words: string; command: string }
  detail: (item: T, close: () => void) => ReactNode
}) {
  const { q, owner, key } = search
  const filtered = !!(q || owner)
  const items = list.data?.items ?? []
  const select = (next: string | undefined) => onSearch({ q, owner, key: next })
  useRows(
    items.map((item) => item.key),
    key,
    select,
  )
  const selected = items.find((item) => item.key === key)
  return (
    <div className="page">
      <PageHead title={title} sub={sub} />
      <div className="filters">
        <SearchField
          value={q ?? ''}
          onValue={(word) => onSearch({ q: word || undefined, owner })}
          placeholder="Name, key, tag or owner"
        />
        <OwnerChoice value={owner} onOwner={(next) => onSearch({ q, owner: next })} />
        {list.data && <span className="count">{count(list.data.total, one)}</span>}
      </div>
      <div className={selected ? 'grid two wide-aside' : undefined}>
        <Card label={title} flush>
          {list.isPending && <Skeleton />}
          {list.isError && !list.data && (
            <ErrorState error={list.error} onRetry={() => void list.refetch()} />
          )}
          {list.isSuccess && items.length === 0 && (
            <EmptyState
              title={filtered ? `No ${one} fits` : `No ${one} yet`}
              {...(filtered
                ? { action: <Button onClick={() => onSearch({})}>Show all {title.toLowerCase()}</Button> }
                : { command: empty.command })}
            >
              {filtered ? 'The filters leave nothing over.' : empty.words}
            </EmptyState>
          )}
          {items.length > 0 && (
            <Table label={title} head={head}>
              {items.map((item) => (
                <tr
                  key={item.key}
                  data-row={item.key}
                  className={item.key === key ? 'focus' : undefined}
                  onClick={() => select(item.key)}
                >
                  {row(item, () => select(item.key))}
                </tr>
              ))}
            </Table>
          )}
        </Card>
        {selected && detail(selected, () => select(undefined))}
      </div>
    </div>
  )
}
