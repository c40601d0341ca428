import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useDeferredValue } from 'react'
import type { AuditLine } from '@/api/types'
import { refusal, useScope } from '@/scope'
import { Button, Chip } from '@/ui/Button'
import { Card } from '@/ui/Card'
import { EmptyState, ErrorState, Failure, Skeleton } from '@/ui/Feedback'
import { SearchField } from '@/ui/Field'
import { Icon } from '@/ui/Icon'
import { Shape, State } from '@/ui/State'
import { Table } from '@/ui/Table'
import { count, day, number, timeSeconds } from '@/ui/time'
import { auditQuery, verifyQuery } from './queries'
import './audit.css'

/** What begins with these, in people's words. */
const sorts = [
  ['revision.', 'Revisions'],
  ['change.', 'Changes'],
  ['change.breakGlass', 'Broken glass'],
  ['session.', 'Sign-ins'],
  ['member.', 'Members'],
  ['token.', 'Tokens'],
  ['key.', 'Keys'],
  ['refused', 'Refusals'],
] as const

const page = '/p/$project/$environment/settings'

interface Part {
  q?: string | undefined
  what?: string | undefined
  who?: string | undefined
  target?: string | undefined
  about?: string | undefined
  from?: string | undefined
  to?: string | undefined
}

/** No filter. */
const everything: Part = {
  q: undefined,
  what: undefined,
  who: undefined,
  target: undefined,
  about: undefined,
  from: undefined,
  to: undefined,
}

/** When a day begins here; `after` days later. */
const midnight = (day: string, after = 0): string => {
  const at = new Date(`${day}T00:00`)
  at.setDate(at.getDate() + after)
  return at.toISOString()
}

/** Everything that was done, by whom, and whether the log is what was written. */
export default function Audit() {
  const { q, what, who, target, about, from: first, to: last } = useSearch({ from: page })
  const navigate = useNavigate({ from: page })
  const { can, member } = useScope()
  const refused = can('administer') ? undefined : refusal('administer', member)
  const set = (part: Part) =>
    void navigate({
      search: (old) =>
        Object.fromEntries(
          Object.entries({ ...old, ...part }).filter(([, value]) => value !== undefined && value !== ''),
        ),
      replace: true,
      resetScroll: false,
    })
  const asked = useDeferredValue({
    ...(q && { q }),
    ...(what && { what }),
    ...(who && { who }),
    ...(target && { target }),
    ...(about && { about }),
    ...(first && { from: midnight(first) }),
    ...(last && { until: midnight(last, 1) }),
  })
  const list = useInfiniteQuery({ ...auditQuery(asked), enabled: !refused, placeholderData: (old) => old })
  const lines = list.data?.pages.flatMap((page) => page.items) ?? []
  const total = list.data?.pages[0]?.total
  const whoName = lines.find((line) => line.who === who)?.whoName ?? who
  const filtered = Boolean(q || what || who || target || about || first || last)
  if (refused) return <EmptyState title="The audit log is for admins">{refused}</EmptyState>
  return (
    <div className="stack">
      <Whole />
      <div className="filters">
        <SearchField
          value={q ?? ''}
          onValue={(q) => set({ q })}
          placeholder="A resource, a member’s id, a title"
        />
        {sorts.map(([begins, words]) => (
          <Chip
            key={begins}
            pressed={what === begins}
            onClick={() => set({ what: what === begins ? undefined : begins })}
          >
            {words}
          </Chip>
        ))}
        {who && (
          <Chip pressed onClick={() => set({ who: undefined })}>
            {whoName} <Icon name="close" size={12} />
          </Chip>
        )}
        {target && (
          <Chip pressed onClick={() => set({ target: undefined })}>
            {target} <Icon name="close" size={12} />
          </Chip>
        )}
        {about && (
          <Chip pressed onClick={() => set({ about: undefined })}>
            Personal data of {about} <Icon name="close" size={12} />
          </Chip>
        )}
        <span className="row audit-days">
          <Day label="From" value={first} max={last} onDay={(from) => set({ from })} />
          <Day label="To" value={last} min={first} onDay={(to) => set({ to })} />
        </span>
        {total !== undefined && <span className="count num">{count(total, 'line')}</span>}
      </div>
      <Card label="Audit log" flush>
        {list.isPending && <Skeleton rows={10} />}
        {list.isError && lines.length === 0 && (
          <ErrorState error={list.error} onRetry={() => void list.refetch()} />
        )}
        {list.isSuccess && lines.length === 0 && (
          <EmptyState
            title={filtered ? 'No line fits these filters' : 'Nothing has been done yet'}
            action={filtered && <Button onClick={() => set(everything)}>Show all</Button>}
          />
        )}
        {lines.length > 0 && (
          <Table
            label="Audit log, newest first"
            className="audit"
            head={
              <>
                <th className="r">Line</th>
                <th>When</th>
                <th>Who</th>
                <th>What</th>
                <th>Hash</th>
              </>
            }
          >
            {lines.map((line) => (
              <Row key={line.seq} line={line} onWho={() => set({ who: line.who })} />
            ))}
          </Table>
        )}
        {list.hasNextPage && (
          <div className="card-body">
            <Button small look="quiet" onClick={() => void list.fetchNextPage()}>
              {list.isFetchingNextPage
                ? 'Loading older ones…'
                : `${count((total ?? 0) - lines.length, 'older line')}`}
            </Button>
          </div>
        )}
      </Card>
    </div>
  )
}

/** A day of the reader's own calendar. */
function Day({
  label,
  value,
  onDay,
  ...bounds
}: {
  label: string
  value: string | undefined
  min?: string | undefined
  max?: string | undefined
  onDay: (day: string | undefined) => void
}) {
  return (
    <label className="row">
      <span className="t3">{label}</span>
      <span className="field">
        <input
          type="date"
          value={value ?? ''}
          {...bounds}
          onChange={(event) => onDay(event.target.value || undefined)}
        />
      </span>
    </label>
  )
}

function Row({ line, onWho }: { line: AuditLine; onWho: () => void }) {
  const address = (line.personal as { address?: string } | undefined)?.address
  return (
    <tr>
      <td className="r t3 num">{line.seq}</td>
      <td className="num">
        <span className="t3">{day(line.at)}</span> {timeSeconds(line.at)}
      </td>
      <td>
        <button type="button" className="link" title={`Only what ${line.whoName} did`} onClick={onWho}>
          {line.whoName}
        </button>
      </td>
      <td className="wrap-cell">
        {line.sentence}
        {address && <span className="t3"> from {address}</span>}
        {line.erased && <span className="t3"> · personal data erased</span>}
      </td>
      <td className="mono t3" title={line.hash}>
        {line.hash?.slice(0, 8)}
      </td>
    </tr>
  )
}

/** Whether the log is what was written: nothing is claimed before somebody has it read. */
function Whole() {
  const verify = useQuery(verifyQuery)
  const { data } = verify
  return (
    <Card
      title="Is it whole?"
      more={
        <span className="row">
          <a className="btn sm" href="/api/v1/audit/export" download>
            Export
          </a>
          <Button small onClick={() => void verify.refetch()} disabled={verify.isFetching}>
            {verify.isFetching ? 'Reading all of it…' : data ? 'Verify again' : 'Verify now'}
          </Button>
        </span>
      }
    >
      <Failure error={verify.error} />
      {!data && !verify.error && (
        <p className="t2">
          Each line holds the hash of the one before, and each revision’s line the digest of that revision.
          Verifying reads everything and says whether a line or a revision was changed, taken out or moved.
        </p>
      )}
      {data?.ok && data.verified && (
        <>
          <p className="row start" role="status">
            <State kind="on">Whole.</State>
            <span>
              {' '}
              {number(data.verified.lines)} lines, and {count(data.verified.revisions, 'revision')} as
              applied.
              {data.verified.unchained > 0 &&
                ` ${number(data.verified.unchained)} older lines are from before it was chained.`}
            </span>
          </p>
          <p className="note audit-head">
            Head <code>{data.verified.head}</code>. Noted elsewhere, it shows later whether the end was cut
            off: <code>switchyard audit verify --head</code>
          </p>
        </>
      )}
      {data && !data.ok && (
        <p className="row start" role="alert">
          <Shape kind="blocked" />
          <span>
            <b>This is not what was written:</b> {data.problem}.
          </span>
        </p>
      )}
    </Card>
  )
}
