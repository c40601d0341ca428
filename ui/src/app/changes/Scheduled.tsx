import { useMutation, useQueryClient } from '@tanstack/react-query'
import { lazy, Suspense, useState } from 'react'
import { api, path } from '@/api/client'
import { key } from '@/api/queries'
import type { ChangeView, ScheduleView } from '@/api/types'
import { useScope } from '@/scope'
import { Button } from '@/ui/Button'
import { Failure } from '@/ui/Feedback'
import { Shape } from '@/ui/State'

const ScheduleSheet = lazy(() => import('./ScheduleSheet'))

/** When it applies, or why it did not; and the way to set a time. */
export function Scheduled({ change, refused }: { change: ChangeView; refused?: string | undefined }) {
  const { project } = useScope()
  const client = useQueryClient()
  const [open, setOpen] = useState(false)
  const cancel = useMutation({
    mutationFn: () =>
      api<ScheduleView>('DELETE', path`/projects/${project.key}/changes/${change.number}/schedule`),
    onSettled: () => client.invalidateQueries({ queryKey: key(project.key, 'changes') }),
  })
  const { schedule } = change
  const waits = schedule?.state === 'toApply' || schedule?.state === 'toRevert'
  const done = change.state === 'applied' && schedule?.state === 'done' && schedule.reverted !== undefined
  return (
    <>
      {schedule && schedule.state !== 'cancelled' && (waits || schedule.state === 'stopped' || done) && (
        <div className="scheduled">
          <p className={`s row start${schedule.state === 'stopped' ? ' st blocked' : ''}`}>
            <Shape kind={schedule.state === 'stopped' ? 'blocked' : 'waiting'} />
            <span>
              {capital(schedule.sentence)}. <span className="t3">Set by {schedule.byName}.</span>
            </span>
          </p>
          {!done && (
            <Button small look="quiet" disabled={cancel.isPending} onClick={() => cancel.mutate()}>
              {waits ? 'Cancel the schedule' : 'Put this away'}
            </Button>
          )}
          <Failure error={cancel.error} />
        </div>
      )}
      {!waits && !done && (
        <Button small look="quiet" icon="history" refused={refused} onClick={() => setOpen(true)}>
          {change.state === 'applied' ? 'Take it back at a time…' : 'Schedule…'}
        </Button>
      )}
      {open && (
        <Suspense>
          <ScheduleSheet change={change} onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  )
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)
