import { queryOptions, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { api, path } from '@/api/client'
import { awaitingQuery, key } from '@/api/queries'
import type { ChangeView, Notice, Page, ScheduleView } from '@/api/types'
import { useScope } from '@/scope'
import { Shape } from '@/ui/State'
import { ago, count } from '@/ui/time'
import { approvals, titleOf } from '../changes/state'
import type { Need } from './Needs'

/** The changes that wait for the member's approval, and those that were applied without any. */
export function useReviews(): Need[] {
  const { project } = useScope()
  const { data: waiting } = useQuery(awaitingQuery(project.key))
  const { data: applied } = useQuery(lastAppliedQuery(project.key))
  const broken = (applied?.items ?? []).filter(
    ({ review }) => review.brokeGlass && !review.brokeGlass.reviewed && review.may.approve.allowed,
  )
  const { member } = useScope()
  const { data: schedules } = useQuery(schedulesQuery(project.key))
  const { data: notices } = useQuery(noticesQuery(project.key))
  const stopped = (schedules ?? [])
    .filter((each) => each.state === 'stopped' && each.by === member.id)
    .slice(0, 3)
  return [
    ...stopped.map(
      (each): Need => ({
        id: `schedule ${each.change}`,
        kind: 'blocked',
        lead: 'Schedule stopped:',
        title: each.title,
        sub: each.notice ?? '',
        action: <Open change={{ number: each.change, title: each.title }} word="Look" />,
      }),
    ),
    ...(waiting?.items ?? []).map(
      (change): Need => ({
        id: `change ${change.number}`,
        kind: 'edited',
        lead: 'Review:',
        title: titleOf(change),
        sub: <Sub change={change} />,
        action: <Open change={change} word="Review" primary />,
      }),
    ),
    ...(notices ?? []).map(
      (notice, i): Need => ({
        id: `notice ${notice.change} ${i}`,
        kind: notice.kind === 'stopped' ? 'blocked' : 'waiting',
        lead: notice.kind === 'stopped' ? 'Change stopped:' : `${notice.whoName} calls you:`,
        title: notice.title || `C-${notice.change}`,
        sub:
          notice.kind === 'stopped'
            ? `${notice.text} ${ago(notice.at)}.`
            : `“${notice.text}” ${notice.edit === undefined ? '' : `On edit ${notice.edit + 1}. `}${ago(notice.at)}.`,
        action: <Open change={{ number: notice.change, title: notice.title }} word="Look" />,
      }),
    ),
    ...broken.map(
      (change): Need => ({
        id: `glass ${change.number}`,
        kind: 'warn',
        lead: 'Glass broken:',
        title: titleOf(change),
        sub: `${change.review.brokeGlass!.whoName} applied it without approvals, ${ago(change.review.brokeGlass!.at)}: “${change.review.brokeGlass!.reason}”`,
        action: <Open change={change} word="Look" />,
      }),
    ),
  ]
}

function Open({
  change,
  word,
  primary,
}: {
  change: Pick<ChangeView, 'number' | 'title'> & Partial<ChangeView>
  word: string
  primary?: boolean
}) {
  const { project, environment } = useScope()
  return (
    <Link
      className={`btn ${primary ? 'primary' : 'plain'} sm`}
      to="/p/$project/$environment/changes/$number"
      params={{
        project: project.key,
        environment: environment.key,
        number: String(change.number),
      }}
    >
      {word}
      <span className="vh"> {change.title}</span>
    </Link>
  )
}

/** What is scheduled, and what became of it. */
const schedulesQuery = (project: string) =>
  queryOptions({
    queryKey: key(project, 'changes', 'schedules'),
    queryFn: ({ signal }) => api<ScheduleView[]>('GET', path`/projects/${project}/schedules`, { signal }),
  })

/** Where the member is mentioned and has not answered, and which of their changes were stopped. */
const noticesQuery = (project: string) =>
  queryOptions({
    queryKey: key(project, 'changes', 'notices'),
    queryFn: ({ signal }) => api<Notice[]>('GET', path`/projects/${project}/notices`, { signal }),
  })

/** Enough of the last ones to find those that nobody has looked at. */
const lastAppliedQuery = (project: string) =>
  queryOptions({
    queryKey: key(project, 'changes', 'last applied'),
    queryFn: ({ signal }) =>
      api<Page<ChangeView>>('GET', path`/projects/${project}/changes`, {
        params: { state: 'applied', limit: 20 },
        signal,
      }),
  })

function Sub({ change }: { change: ChangeView }) {
  const { guardrails, problems } = change.check
  const failed = guardrails.filter((each) => !each.passed)
  const warnings = failed.filter((each) => each.effect === 'warn').length
  const blocks = failed.length - warnings + problems.length
  const progress = approvals(change)
  const words = [
    `${change.authorName} asks, ${ago(change.updatedAt)}`,
    `C-${change.number}, ${count(change.check.edits.length, 'edit')}`,
    progress && `${progress.have} of ${count(progress.need, 'approval')}`,
    guardrails.length > failed.length && `${count(guardrails.length - failed.length, 'guardrail')} held`,
  ].filter(Boolean)
  return (
    <>
      {words.join(' · ')}
      {warnings > 0 && (
        <span className="st warn need-flag">
          <Shape kind="warn" /> {count(warnings, 'warning')}
        </span>
      )}
      {blocks > 0 && (
        <span className="st blocked need-flag">
          <Shape kind="blocked" /> {count(blocks, 'check')} stops it
        </span>
      )}
    </>
  )
}
