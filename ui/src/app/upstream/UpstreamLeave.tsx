import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { api, path } from '@/api/client'
import type { Environment, UpstreamLeft, UpstreamView } from '@/api/types'
import { useScope } from '@/scope'
import { Button } from '@/ui/Button'
import { Failure } from '@/ui/Feedback'
import { Sheet } from '@/ui/Sheet'
import { count } from '@/ui/time'

/** Stops following, and says what became of what came from there. */
export function UpstreamLeave({
  environment,
  view,
  onClose,
}: {
  environment: Environment
  view: UpstreamView
  onClose: () => void
}) {
  const { project } = useScope()
  const client = useQueryClient()
  const [remove, setRemove] = useState(false)
  const leave = useMutation({
    mutationFn: () =>
      api<UpstreamLeft>(
        'DELETE',
        `${path`/projects/${project.key}/environments/${environment.key}/upstream`}${remove ? '?remove=true' : ''}`,
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: ['p', project.key] }),
  })
  const what = [
    count(view.flags, 'flag'),
    ...(view.segments > 0 ? [count(view.segments, 'segment')] : []),
  ].join(' and ')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    leave.mutate()
  }
  return (
    <Sheet
      open
      onClose={onClose}
      title={`Stop following in ${environment.name}`}
      description={`${what} came from there.`}
    >
      {leave.data ? (
        <div className="form">
          <p>{leave.data.words}</p>
          <div className="row">
            <Button look="primary" onClick={onClose}>
              Done
            </Button>
          </div>
        </div>
      ) : (
        <form className="form" onSubmit={submit}>
          <label className="choice-one">
            <input type="radio" name="left" checked={!remove} onChange={() => setRemove(false)} /> They stay
            as they are, and are edited here
          </label>
          <label className="choice-one">
            <input type="radio" name="left" checked={remove} onChange={() => setRemove(true)} /> A change
            takes them away, and goes the way of all changes
          </label>
          <Failure error={leave.error} />
          <div className="row">
            <Button type="submit" look="primary" disabled={leave.isPending}>
              Stop following
            </Button>
          </div>
        </form>
      )}
    </Sheet>
  )
}
