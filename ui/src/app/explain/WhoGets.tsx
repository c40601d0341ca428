import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { type FormEvent, useDeferredValue, useState } from 'react'
import type { Json, ServedTo } from '@/api/types'
import { useScope } from '@/scope'
import { Button } from '@/ui/Button'
import { Card } from '@/ui/Card'
import { ErrorState, Failure, Skeleton } from '@/ui/Feedback'
import { SearchField, TextArea } from '@/ui/Field'
import { Sentence } from '@/ui/Sentence'
import { Table } from '@/ui/Table'
import { count } from '@/ui/time'
import { contextsQuery, contextWords, readContext, servedQuery } from './contexts'

/** Somebody, found among those who were seen or typed in: every flag's answer for them, and why. */
export default function WhoGets({
  context,
  onContext,
}: {
  /** JSON, from the URL. */
  context: string
  onContext: (context: string) => void
}) {
  const [q, setQ] = useState('')
  const { project, environment } = useScope()
  const found = useQuery(contextsQuery(project.key, environment.key, useDeferredValue(q)))
  return (
    <div className="stack">
      <Card title="Who">
        <div className="stack">
          <SearchField value={q} onValue={setQ} placeholder="Key of somebody who was seen" />
          {found.error && <Failure error={found.error} />}
          {found.data && (
            <ul className="row wrap" aria-label="Seen in the last day">
              {found.data.contexts.slice(0, 12).map((each) => {
                const text = JSON.stringify(each)
                return (
                  <li key={text}>
                    <Button
                      small
                      look={text === context ? 'primary' : 'plain'}
                      onClick={() => onContext(text)}
                    >
                      <span className="mono">{contextWords(each)}</span>
                    </Button>
                  </li>
                )
              })}
              {found.data.contexts.length === 0 && (
                <li className="note">
                  {found.data.seen === 0
                    ? 'Nobody was seen in the last day. Type somebody below.'
                    : `None of the ${count(found.data.seen, 'person', 'people')} seen in the last day has a key like that.`}
                </li>
              )}
            </ul>
          )}
          <Typed key={context} context={context} onContext={onContext} />
        </div>
      </Card>
      {context && <Answer context={context} />}
    </div>
  )
}

function Typed({ context, onContext }: { context: string; onContext: (context: string) => void }) {
  const shown = context ? JSON.stringify(readContext(context) ?? context, null, 2) : ''
  const [text, setText] = useState(shown)
  const read = readContext(text)
  const wrong = text.trim() && read === undefined ? 'This is no JSON object yet.' : undefined
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (read !== undefined) onContext(JSON.stringify(read))
  }
  return (
    <form className="form" onSubmit={submit}>
      <TextArea
        label="Context"
        className="mono"
        rows={Math.min(12, Math.max(2, text.split('\n').length))}
        value={text}
        placeholder='{"kind": "user", "key": "ann", "plan": "pro"}'
        error={wrong}
        hint="Kinds, keys and attributes, as LaunchDarkly writes them. Attributes that no rule looks at are not kept of those who were seen."
        onChange={(event) => setText(event.target.value)}
      />
      <div>
        <Button
          look="primary"
          type="submit"
          refused={read === undefined ? 'Say who it is about.' : undefined}
        >
          What do they get?
        </Button>
      </div>
    </form>
  )
}

function Answer({ context }: { context: string }) {
  const { project, environment } = useScope()
  const [q, setQ] = useState('')
  const { data, error, refetch } = useQuery(
    servedQuery(project.key, environment.key, readContext(context) ?? null),
  )
  if (error && !data) return <ErrorState error={error} onRetry={() => void refetch()} />
  if (!data) return <Skeleton rows={6} label="Asking every flag" />
  const word = q.trim().toLowerCase()
  const rows = data.flags.filter(({ key, name }) => `${key} ${name}`.toLowerCase().includes(word))
  return (
    <Card flush title={`What they get on r${data.revision}`} more={count(rows.length, 'flag')}>
      {data.flags.length > 12 && (
        <div className="card-body">
          <SearchField value={q} onValue={setQ} placeholder="Flag" />
        </div>
      )}
      <Table
        label="What they get"
        head={
          <>
            <th>Flag</th>
            <th>Gets</th>
            <th>Why</th>
          </>
        }
      >
        {rows.slice(0, 500).map((row) => (
          <Row key={row.key} row={row} />
        ))}
      </Table>
      {rows.length > 500 && <p className="note card-body">The first 500; search for the others.</p>}
    </Card>
  )
}

const valueWords = (value: Json) => (typeof value === 'string' ? value : JSON.stringify(value))

function Row({ row }: { row: ServedTo }) {
  const params = useParams({ from: '/p/$project/$environment' })
  return (
    <tr>
      <td>
        <Link
          to="/p/$project/$environment/flags/$flag"
          params={{ ...params, flag: row.key }}
          className="link mono"
        >
          {row.key}
        </Link>
      </td>
      <td>
        <b className="mono">{row.variation ?? 'its fallback'}</b>{' '}
        {row.variation !== undefined && <span className="t3 mono">{valueWords(row.value).slice(0, 60)}</span>}
      </td>
      <td className="wrap-cell">
        <Sentence parts={row.why} />
      </td>
    </tr>
  )
}
