import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Environment, LeftOut, UpstreamSeen, UpstreamView } from '@/api/types'
import { refusal, useScope } from '@/scope'
import { Button } from '@/ui/Button'
import { Card, Fact, Facts } from '@/ui/Card'
import { EnvironmentMark } from '@/ui/EnvironmentMark'
import { ErrorState, Skeleton } from '@/ui/Feedback'
import { State, type StateKind, Tag } from '@/ui/State'
import { ago, when } from '@/ui/time'
import { upstreamQuery } from './queries'
import { UpstreamForm } from './UpstreamForm'
import { UpstreamLeave } from './UpstreamLeave'
import { useHandOver } from './useHandOver'
import './upstream.css'

/** What each environment follows, and how that stands. */
export default function Upstream() {
  const { project } = useScope()
  return (
    <div className="stack">
      {project.environments.map((environment) => (
        <Followed key={environment.key} environment={environment} />
      ))}
    </div>
  )
}

const kinds: Record<UpstreamSeen['state'], StateKind> = {
  connecting: 'waiting',
  following: 'on',
  lost: 'warn',
}
const states: Record<UpstreamSeen['state'], string> = {
  connecting: 'is being called',
  following: 'followed',
  lost: 'can’t be heard',
}

function Followed({ environment }: { environment: Environment }) {
  const { project, can, member } = useScope()
  const query = useQuery(upstreamQuery(project.key, environment.key))
  const [open, setOpen] = useState<'form' | 'leave'>()
  const refused = can('administer') ? undefined : refusal('administer', member)
  const title = (
    <span className="row">
      <EnvironmentMark production={environment.production} /> {environment.name}
    </span>
  )
  if (query.isError && !query.data)
    return (
      <Card title={title}>
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      </Card>
    )
  if (!query.data)
    return (
      <Card title={title}>
        <Skeleton rows={2} />
      </Card>
    )
  const view = query.data
  const { settings, seen } = view
  const leftovers = !settings && view.flags + view.segments > 0
  return (
    <Card
      title={title}
      more={
        <>
          {(settings || leftovers) && (
            <Button small look="quiet" refused={refused} onClick={() => setOpen('leave')}>
              Stop following…
            </Button>
          )}
          <Button small look="quiet" refused={refused} onClick={() => setOpen('form')}>
            {settings ? 'Edit…' : 'Follow LaunchDarkly…'}
          </Button>
        </>
      }
    >
      <p className={settings ? 'row wrap upstream-how' : 'row wrap'}>
        {seen && (
          <State kind={seen.error && seen.state === 'following' ? 'warn' : kinds[seen.state]}>
            {states[seen.state]}
          </State>
        )}
        <span className={settings ? 'upstream-said' : 't2'}>{view.words}</span>
      </p>
      {settings && seen && (
        <Facts wide>
          <Fact label="Where">
            <code className="upstream-said">{settings.uri}</code>
          </Fact>
          <Fact label="SDK key">
            {settings.keyEnds ? (
              <>
                ends in <code>{settings.keyEnds}</code>; it is not shown again
              </>
            ) : (
              'kept, and not shown again'
            )}
          </Fact>
          <Fact label="Since">
            {when(seen.since)}
            {seen.heard && <span className="t3">, last heard {ago(seen.heard)}</span>}
          </Fact>
          <Fact label="Set">
            by {settings.by.name}, {when(settings.at)}
          </Fact>
        </Facts>
      )}
      {seen && seen.leftOut.length > 0 && (
        <LeftOuts environment={environment} view={view} leftOut={seen.leftOut} />
      )}
      {open === 'form' && (
        <UpstreamForm environment={environment} settings={settings} onClose={() => setOpen(undefined)} />
      )}
      {open === 'leave' && (
        <UpstreamLeave environment={environment} view={view} onClose={() => setOpen(undefined)} />
      )}
    </Card>
  )
}

/** What the upstream says that is not so here, and what to do about it. */
function LeftOuts({
  environment,
  view,
  leftOut,
}: {
  environment: Environment
  view: UpstreamView
  leftOut: LeftOut[]
}) {
  const { refused, handed, handOver } = useHandOver(environment, view)
  const taken = leftOut.filter((left) => left.taken && !handed(left))
  return (
    <section className="upstream-left" aria-label={`Not so in ${environment.name}`}>
      <p className="row wrap">
        <b>Not so here</b> <span className="t3">{leftOut.length}</span>
        {taken.length > 1 && (
          <Button small look="quiet" refused={refused} onClick={() => handOver(taken)}>
            Hand all {taken.length} to LaunchDarkly
          </Button>
        )}
      </p>
      <ul>
        {leftOut.map((left) => (
          <li key={`${left.kind} ${left.key}`}>
            <span className="row wrap">
              <Tag>{left.kind}</Tag> <b className="mono upstream-said">{left.key}</b>
              <State kind={left.taken ? 'blocked' : left.stays ? 'held' : 'off'}>
                {left.taken ? 'written by somebody else' : left.stays ? 'as it was' : 'not here'}
              </State>
              {left.taken &&
                (handed(left) ? (
                  <span className="s t2">handed over in your change</span>
                ) : (
                  <Button small look="quiet" refused={refused} onClick={() => handOver([left])}>
                    Hand to LaunchDarkly
                  </Button>
                ))}
            </span>
            {left.reasons.map((reason) => (
              <span className="s t2 upstream-said" key={reason}>
                {reason}
              </span>
            ))}
          </li>
        ))}
      </ul>
    </section>
  )
}
