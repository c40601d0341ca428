import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { isProblem } from '@/api/problem'
import type { ChangeView } from '@/api/types'
import { useScope } from '@/scope'
import { ChooseSides } from '@/shell/tray/ChooseSides'
import { Who } from '@/ui/Avatar'
import { Card, PageHead } from '@/ui/Card'
import { EmptyState, ErrorState, Skeleton } from '@/ui/Feedback'
import { State } from '@/ui/State'
import { ago, when } from '@/ui/time'
import { useChangeImpact } from '../impact/queries'
import { AffectedCard } from './AffectedCard'
import { ApplyCard } from './ApplyCard'
import { Approvals } from './Approvals'
import { ChecksCard } from './ChecksCard'
import { Conversation } from './Conversation'
import { EditsCard } from './EditsCard'
import { OrderCard } from './OrderCard'
import { changeQuery, commentsQuery } from './queries'
import { standing, titleOf } from './state'
import './changes.css'

export default function ChangePage() {
  const { project } = useScope()
  const { number } = useParams({ from: '/p/$project/$environment/changes/$number' })
  const { data, error, refetch } = useQuery(changeQuery(project.key, Number(number)))
  if (data) return <Page change={data} />
  return (
    <div className="page">
      {isProblem(error, 404) ? (
        <EmptyState title={`There is no change C-${number}`}>
          A draft that was given up is gone; what was applied stands in History.
        </EmptyState>
      ) : error ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : (
        <Skeleton rows={10} label="Loading the change" />
      )}
    </div>
  )
}

function Page({ change }: { change: ChangeView }) {
  const { project } = useScope()
  const { kind, word } = standing(change)
  const comments = useQuery(commentsQuery(project.key, change.number)).data ?? []
  const over = change.state === 'applied' || change.state === 'rejected'
  const impact = useChangeImpact(change.number, over ? null : change.difference)
  const names = change.check.environments.map(
    (key) => project.environments.find((each) => each.key === key)?.name.toLowerCase() ?? key,
  )
  return (
    <div className="page">
      <PageHead
        title={titleOf(change)}
        states={
          <State kind={kind} pill>
            {word}
          </State>
        }
        sub={
          <span className="change-sub s">
            <Who name={change.authorName} /> · C-{change.number}
            {names.length > 0 && (
              <>
                {' '}
                · for <b>{names.join(' and ')}</b>
              </>
            )}{' '}
            · made on r{change.base}
            {!over &&
              (change.difference === null
                ? `, does not fit r${change.check.head}`
                : `, fits r${change.check.head}`)}{' '}
            · {when(change.updatedAt)}, {ago(change.updatedAt)}
          </span>
        }
      />
      <div className="grid two change">
        <div className="stack">
          {change.reason && <p className="t2 change-reason">{change.reason}</p>}
          {change.origin?.type === 'trigger' && (
            <p className="s t2">
              Set off by the trigger <b>{change.origin.name}</b>
              {change.origin.payload && <code> {change.origin.payload}</code>}
            </p>
          )}
          {change.origin?.type === 'git' && (
            <p className="s t2">
              From Git: <code>{change.origin.branch}</code> at{' '}
              <code>{change.origin.commit.slice(0, 10)}</code>
            </p>
          )}
          {change.links.length > 0 && (
            <ul className="row wrap s">
              {change.links.map((link) => (
                <li key={link}>
                  <a className="link" href={link} rel="noreferrer noopener" target="_blank">
                    {link.replace(/^https:\/\//, '')}
                  </a>
                </li>
              ))}
            </ul>
          )}
          {!over && !!change.check.conflicts?.length && (
            <Card label="Conflicts">
              <ChooseSides key={change.version} change={change} />
            </Card>
          )}
          <EditsCard change={change} comments={comments} impact={impact.data?.environments} />
          {!over && (
            <div className="grid change-cols">
              <AffectedCard
                environments={change.check.environments}
                impact={impact.data?.environments}
                error={impact.error}
              />
              <ChecksCard change={change} />
            </div>
          )}
        </div>
        <aside className="stack">
          <Approvals change={change} />
          <ApplyCard change={change} impact={impact.data?.environments} />
          <OrderCard change={change} />
          <Conversation change={change} comments={comments} />
        </aside>
      </div>
    </div>
  )
}
