import { useNavigate, useSearch } from '@tanstack/react-router'
import type { Service } from '@/api/types'
import { useScope } from '@/scope'
import { Button } from '@/ui/Button'
import { Card, PageHead } from '@/ui/Card'
import { EmptyState, ErrorState, Skeleton } from '@/ui/Feedback'
import { SearchField } from '@/ui/Field'
import { Table } from '@/ui/Table'
import { count } from '@/ui/time'
import { useRows } from '@/ui/useRows'
import { useResources } from './queries'

/** What routes lead to: subsets and where they listen. */
export default function ServicesPage() {
  const from = '/p/$project/$environment/services'
  const { q, key } = useSearch({ from })
  const navigate = useNavigate({ from })
  const { environment } = useScope()
  const list = useResources<Service>('services', q)
  const items = list.data?.items ?? []
  const select = (next: string | undefined) =>
    void navigate({ search: { ...(q ? { q } : {}), ...(next ? { key: next } : {}) }, replace: true })
  useRows(
    items.map((item) => item.key),
    key,
    select,
  )
  const selected = items.find((item) => item.key === key)
  return (
    <div className="page">
      <PageHead title="Services" sub={`What routes in ${environment.name.toLowerCase()} lead to.`} />
      <div className="filters">
        <SearchField
          value={q ?? ''}
          onValue={(word) => void navigate({ search: word ? { q: word } : {}, replace: true })}
          placeholder="Name or key"
        />
        {list.data && <span className="count">{count(list.data.total, 'service')}</span>}
      </div>
      <div className={selected ? 'grid two' : undefined}>
        <Card label="Services" flush>
          {list.isPending && <Skeleton />}
          {list.isError && !list.data && (
            <ErrorState error={list.error} onRetry={() => void list.refetch()} />
          )}
          {list.isSuccess && items.length === 0 && (
            <EmptyState
              title={q ? 'No service fits' : 'No service yet'}
              command={q ? undefined : 'switchyard apply -f services.yaml'}
            >
              {q ? 'Try another word.' : 'A service says where its subsets listen; routes lead to a subset.'}
            </EmptyState>
          )}
          {items.length > 0 && (
            <Table
              label="Services"
              head={
                <>
                  <th>Service</th>
                  <th>Subsets</th>
                  <th className="r">Endpoints</th>
                  <th>Owner</th>
                  <th className="r">Revision</th>
                </>
              }
            >
              {items.map((item) => (
                <tr
                  key={item.key}
                  data-row={item.key}
                  className={item.key === key ? 'focus' : undefined}
                  onClick={() => select(item.key)}
                >
                  <td>
                    <button type="button" className="link mono" onClick={() => select(item.key)}>
                      {item.key}
                    </button>
                  </td>
                  <td className="mono">{item.subsets.map((subset) => subset.id).join(', ')}</td>
                  <td className="r">
                    {item.subsets.reduce((sum, subset) => sum + (subset.endpoints?.length ?? 0), 0)}
                  </td>
                  <td>{item.owner ?? '–'}</td>
                  <td className="r">r{item.revision}</td>
                </tr>
              ))}
            </Table>
          )}
        </Card>
        {selected && (
          <Card
            title={selected.name ?? selected.key}
            more={
              <Button small look="quiet" onClick={() => select(undefined)}>
                Close
              </Button>
            }
          >
            <div className="stack">
              {selected.description && <p className="t2">{selected.description}</p>}
              {selected.subsets.map((subset) => (
                <section key={subset.id}>
                  <h3 className="mono">{subset.id}</h3>
                  <ul className="mono s t2">
                    {subset.endpoints?.length ? (
                      subset.endpoints.map((endpoint) => <li key={endpoint}>{endpoint}</li>)
                    ) : (
                      <li>no endpoint listed</li>
                    )}
                  </ul>
                </section>
              ))}
            </div>
          </Card>
        )}
      </div>
    </div>
  )
}
