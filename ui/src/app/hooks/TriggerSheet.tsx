import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { api, path } from '@/api/client'
import { key } from '@/api/queries'
import type { Trigger, TriggerCreated } from '@/api/types'
import { useScope } from '@/scope'
import { Button } from '@/ui/Button'
import { EmptyState, Failure, ProblemList, Skeleton } from '@/ui/Feedback'
import { Sentence } from '@/ui/Sentence'
import { Sheet } from '@/ui/Sheet'
import { State } from '@/ui/State'
import { when } from '@/ui/time'
import { firingsQuery } from './queries'
import { outcome } from './words'

/** One trigger: what it does, when it was set off, and what came of it. */
export function TriggerSheet({
  trigger,
  refused,
  onAddress,
  onClose,
}: {
  trigger: Trigger
  refused: string | undefined
  onAddress: (made: TriggerCreated) => void
  onClose: () => void
}) {
  const { project } = useScope()
  const client = useQueryClient()
  const log = useQuery(firingsQuery(project.key, trigger.id))
  const at = path`/projects/${project.key}/triggers/${trigger.id}`
  const onSettled = () => client.invalidateQueries({ queryKey: key(project.key, 'hooks') })
  const turn = useMutation({
    mutationFn: () => api('PATCH', at, { body: { active: !trigger.active } }),
    onSettled,
  })
  const rotate = useMutation({
    mutationFn: () => api<TriggerCreated>('POST', `${at}/rotate`),
    onSuccess: onAddress,
    onSettled,
  })
  const remove = useMutation({ mutationFn: () => api('DELETE', at), onSuccess: onClose, onSettled })
  return (
    <Sheet open onClose={onClose} wide title={trigger.name} description={`Acts as ${trigger.maker.name}.`}>
      <ul className="hook-does">
        {trigger.check.edits.map((edit, i) => (
          <li key={i}>
            <Sentence parts={edit.sentence} />
          </li>
        ))}
      </ul>
      {trigger.reason && <p className="t2">{trigger.reason}</p>}
      {trigger.powerless && <p className="field-error">It can’t act: {trigger.powerless}.</p>}
      {trigger.check.problems.length > 0 && <ProblemList problems={trigger.check.problems} />}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <div className="hook-log" role="log" aria-label="When it was set off, newest first" tabIndex={0}>
        {!log.data && <Skeleton rows={3} />}
        {log.data?.items.length === 0 && (
          <EmptyState
            title="It was never set off"
            command={`curl -X POST '${location.origin}/hooks/trigger/${trigger.id}/…${trigger.hint}?dryRun=true'`}
          />
        )}
        {log.data?.items.map((firing) => {
          const { kind, words } = outcome(firing)
          return (
            <div className="hook-message" key={firing.number}>
              <div className="hook-line">
                <span className="hook-when t3 num">{when(firing.at)}</span>
                <span className="grow">
                  <span className="hook-summary">{firing.detail}</span>
                  {firing.excerpt && <span className="s t3 mono hook-excerpt">{firing.excerpt}</span>}
                </span>
                <State kind={kind}>{words}</State>
              </div>
            </div>
          )
        })}
      </div>
      <Failure error={turn.error ?? rotate.error ?? remove.error ?? log.error} />
      <div className="sheet-acts wrap">
        <Button look="quiet" icon="trash" refused={refused} onClick={() => remove.mutate()}>
          Remove
        </Button>
        <Button refused={refused} onClick={() => rotate.mutate()}>
          Replace address
        </Button>
        <Button refused={refused} onClick={() => turn.mutate()}>
          {trigger.active ? 'Turn off' : 'Turn on'}
        </Button>
      </div>
    </Sheet>
  )
}
