import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import type { Manifest, Segment } from '@/api/types'
import { refusal, useScope } from '@/scope'
import { useTray } from '@/shell/tray/useTray'
import { Button } from '@/ui/Button'
import { Card, Fact, Facts, PageHead } from '@/ui/Card'
import { EmptyState, ErrorState, Skeleton } from '@/ui/Feedback'
import { SearchField, TextArea } from '@/ui/Field'
import { Table } from '@/ui/Table'
import { count } from '@/ui/time'
import { useRows } from '@/ui/useRows'
import { clauseWords } from '../flags/clauses'
import { useResources } from '../services/queries'
import { editKeys, keyCount } from './lists'

type Listed = Segment & { revision: number }

/** Named groups of contexts that rules refer to. */
export default function SegmentsPage() {
  const from = '/p/$project/$environment/segments'
  const { q, key } = useSearch({ from })
  const navigate = useNavigate({ from })
  const { environment } = useScope()
  const list = useResources<Segment>('segments', q)
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
      <PageHead
        title="Segments"
        sub={`Groups that rules in ${environment.name.toLowerCase()} refer to by name.`}
      />
      <div className="filters">
        <SearchField
          value={q ?? ''}
          onValue={(word) => void navigate({ search: word ? { q: word } : {}, replace: true })}
          placeholder="Name or key"
        />
        {list.data && <span className="count">{count(list.data.total, 'segment')}</span>}
      </div>
      <div className={selected ? 'grid two' : undefined}>
        <Card label="Segments" flush>
          {list.isPending && <Skeleton />}
          {list.isError && !list.data && (
            <ErrorState error={list.error} onRetry={() => void list.refetch()} />
          )}
          {list.isSuccess && items.length === 0 && (
            <EmptyState
              title={q ? 'No segment fits' : 'No segment yet'}
              command={q ? undefined : 'switchyard apply -f segments.yaml'}
            >
              {q ? 'Try another word.' : 'A segment names a group once, for many flags.'}
            </EmptyState>
          )}
          {items.length > 0 && (
            <Table
              label="Segments"
              head={
                <>
                  <th>Segment</th>
                  <th className="r">Included</th>
                  <th className="r">Excluded</th>
                  <th className="r">Rules</th>
                  <th>Owner</th>
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
                    <button type="button" className="link" onClick={() => select(item.key)}>
                      {item.name ?? item.key}
                    </button>
                  </td>
                  <td className="r">{keyCount(item, 'included')}</td>
                  <td className="r">{keyCount(item, 'excluded')}</td>
                  <td className="r">{item.rules?.length ?? 0}</td>
                  <td>{item.owner ?? '–'}</td>
                </tr>
              ))}
            </Table>
          )}
        </Card>
        {selected && (
          <Detail
            key={`${selected.key} ${selected.revision}`}
            segment={selected}
            onClose={() => select(undefined)}
          />
        )}
      </div>
    </div>
  )
}

function Detail({ segment, onClose }: { segment: Listed; onClose: () => void }) {
  const { environment, can, member } = useScope()
  const { addEdit } = useTray()
  const [kind, setKind] = useState<string>()
  const kinds = [...new Set(['user', ...(segment.includedContexts ?? []).map((each) => each.contextKind)])]
  const shown = kind ?? kinds.at(-1)!
  const current =
    shown === 'user'
      ? (segment.included ?? [])
      : (segment.includedContexts?.find((each) => each.contextKind === shown)?.values ?? [])
  const [text, setText] = useState<string>()
  const save = () => {
    const {
      revision: _revision,
      environment: _environment,
      ...body
    } = editKeys(segment, shown, (text ?? '').split(/[\s,]+/)) as Listed & { environment?: string }
    addEdit({
      target: { kind: 'segment', environment: environment.key, key: segment.key },
      op: { type: 'put', resource: { ...body, kind: 'segment' } as unknown as Manifest },
    })
    setText(undefined)
  }
  return (
    <Card
      title={segment.name ?? segment.key}
      more={
        <Button small look="quiet" onClick={onClose}>
          Close
        </Button>
      }
    >
      <div className="stack">
        {segment.description && <p className="t2">{segment.description}</p>}
        <Facts>
          <Fact label="Key">
            <code>{segment.key}</code>
          </Fact>
          <Fact label="Included">{count(keyCount(segment, 'included'), 'key')}</Fact>
          <Fact label="Excluded">{count(keyCount(segment, 'excluded'), 'key')}</Fact>
        </Facts>
        <section>
          <h3>Rules</h3>
          {segment.rules?.length ? (
            <ul className="s t2">
              {segment.rules.map((rule) => (
                <li key={rule.id}>
                  {rule.clauses.map((clause) => clauseWords(clause, (each) => each)).join(' and ')}
                </li>
              ))}
            </ul>
          ) : (
            <p className="note">None: only the keys that are listed.</p>
          )}
        </section>
        <TextArea
          label={`Included keys, ${shown}`}
          rows={6}
          className="mono"
          value={text ?? current.join('\n')}
          onChange={(event) => setText(event.target.value)}
          hint="One a line"
        />
        <div className="row wrap">
          {kinds.length > 1 &&
            kinds.map((each) => (
              <Button
                key={each}
                small
                look="quiet"
                aria-pressed={each === shown}
                onClick={() => {
                  setKind(each)
                  setText(undefined)
                }}
              >
                {each}
              </Button>
            ))}
          <Button
            look="edited"
            disabled={text === undefined}
            refused={can('editFlags') ? undefined : refusal('editFlags', member)}
            onClick={save}
          >
            Add to change
          </Button>
        </div>
      </div>
    </Card>
  )
}
