import { useQuery } from '@tanstack/react-query'
import type { ResourceId } from '@/api/types'
import { useScope } from '@/scope'
import { sameTarget } from '@/shell/tray/merge'
import { Button } from '@/ui/Button'
import { State, Tag } from '@/ui/State'
import { when } from '@/ui/time'
import { gitQuery } from '../git/queries'
import { upstreamQuery } from '../upstream/queries'
import { type Managed, writerOf } from './writer'

/** Says who writes it and whether the two differ, and takes it over into the change. Nothing for what people here write. */
export function ManagedMark({
  target,
  live,
  draft,
  refused,
  onTakeOver,
  onHandOver,
}: {
  target: ResourceId
  live: Managed
  draft: Managed
  refused: string | undefined
  onTakeOver: () => void
  /** Where it is given to Git at this place. */
  onHandOver?: () => void
}) {
  const writer = writerOf(live)
  const { project, environment } = useScope()
  const { data: git } = useQuery({ ...gitQuery(project.key), enabled: live.managedBy === 'git' })
  const { data: upstream } = useQuery({
    ...upstreamQuery(project.key, environment.key),
    enabled: live.managedBy === 'launchdarkly',
  })
  if (!writer) return onHandOver ? <HandToGit {...{ draft, refused, onHandOver }} /> : null
  const held = upstream?.seen?.leftOut.some(
    (left) => left.key === target.key && (left.kind === 'segment') === (target.kind === 'segment'),
  )
  const drifts = git?.drift.some((each) => sameTarget(each.target, target))
  return (
    <>
      <Tag>managed by {writer}</Tag>
      {drifts && (
        <State kind="warn" pill>
          Differs from {writer}
        </State>
      )}
      {held && (
        <State kind="warn" pill>
          {writer} says otherwise
        </State>
      )}
      {upstream?.seen?.state === 'lost' && (
        <State kind="warn" pill>
          can’t be heard since {when(upstream.seen.since)}
        </State>
      )}
      {writerOf(draft) && (
        <Button small look="quiet" refused={refused} onClick={onTakeOver}>
          Take over
        </Button>
      )}
    </>
  )
}

/** Where it is edited, and a way to give that to Git where the project has a branch that proposes. */
export function EditedWhere({
  draft,
  refused,
  onHandOver,
}: {
  draft: Managed
  refused: string | undefined
  onHandOver: () => void
}) {
  const writer = writerOf(draft)
  return (
    <span className="row wrap">
      edited {writer ? `in ${writer}` : 'here'}
      <HandToGit {...{ draft, refused, onHandOver }} />
    </span>
  )
}

/** Gives it to Git in the change, where the project has a branch that proposes. */
function HandToGit({
  draft,
  refused,
  onHandOver,
}: {
  draft: Managed
  refused: string | undefined
  onHandOver: () => void
}) {
  const { project } = useScope()
  const { data: git } = useQuery({ ...gitQuery(project.key), refetchInterval: false, staleTime: 60_000 })
  const proposes = git?.settings?.follow ?? git?.settings?.proposals
  if (writerOf(draft) || !proposes) return null
  return (
    <Button small look="quiet" refused={refused} onClick={onHandOver}>
      Hand to Git
    </Button>
  )
}
