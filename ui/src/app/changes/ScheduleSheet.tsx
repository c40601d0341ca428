import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useDeferredValue, useState } from 'react'
import { api, path } from '@/api/client'
import { isProblem } from '@/api/problem'
import { key } from '@/api/queries'
import type { ChangeView, IfFrozen, ScheduleView } from '@/api/types'
import { useScope } from '@/scope'
import { Button } from '@/ui/Button'
import { Failure, Skeleton } from '@/ui/Feedback'
import { Field, Select } from '@/ui/Field'
import { Sheet } from '@/ui/Sheet'
import { Shape } from '@/ui/State'

const here = Intl.DateTimeFormat().resolvedOptions().timeZone
const zones = [...new Set([here, 'UTC', ...Intl.supportedValuesOf('timeZone')])]

/** Tomorrow at nine, as a field for local times has it. */
function tomorrow(): string {
  const at = new Date(Date.now() + 86_400_000)
  const two = (n: number) => String(n).padStart(2, '0')
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T09:00`
}

/** When a change applies and when it is taken back; what clocks and freezes make of that is said before it is set. */
export default function ScheduleSheet({ change, onClose }: { change: ChangeView; onClose: () => void }) {
  const { project, environment } = useScope()
  const client = useQueryClient()
  const applied = change.state === 'applied'
  const [applyAt, setApplyAt] = useState(tomorrow)
  const [reverts, setReverts] = useState(applied)
  const [revertAt, setRevertAt] = useState(applied ? tomorrow() : '')
  const [zone, setZone] = useState(here)
  const [ifFrozen, setIfFrozen] = useState<IfFrozen>('wait')
  const body = {
    zone,
    ifFrozen,
    ...(!applied && { applyAt }),
    ...(reverts && revertAt && { revertAt }),
  }
  const url = path`/projects/${project.key}/changes/${change.number}/schedule`
  const asked = useDeferredValue(JSON.stringify(body))
  const said = useQuery({
    // Not among the changes: once it is scheduled, what would be must not be asked again.
    queryKey: ['schedule', project.key, change.number, asked],
    queryFn: ({ signal }) =>
      api<ScheduleView>('POST', url, { body: { ...JSON.parse(asked), dryRun: true }, signal }),
    placeholderData: (old) => old,
    retry: false,
  })
  const set = useMutation({
    mutationFn: () => api<ScheduleView>('POST', url, { body }),
    onSuccess: onClose,
    onSettled: () => client.invalidateQueries({ queryKey: key(project.key, 'changes') }),
  })
  const wrong = (field: string) =>
    isProblem(said.error, 422) ? said.error.problems.problems?.find((each) => each.path === field) : undefined
  const words = (field: string) => {
    const found = wrong(field)
    return found && `${found.reason}${found.hint ? `; ${found.hint}` : ''}`
  }
  const other = said.error && !['applyAt', 'revertAt', 'zone'].some(wrong) ? said.error : undefined
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!said.error) set.mutate()
  }
  return (
    <Sheet
      open
      onClose={onClose}
      environment={environment}
      project={project.name}
      title={applied ? `Take r${change.revision} back at a time` : 'Apply at a time'}
      description={
        change.state === 'draft'
          ? 'It is sent for review now. At its time it applies if it has what it needs; else it stops and says why.'
          : 'At its time it applies if it has what it needs; else it stops and says why.'
      }
    >
      <form className="form" onSubmit={submit}>
        {!applied && (
          <Field
            label="Applies"
            type="datetime-local"
            value={applyAt}
            required
            error={words('applyAt')}
            onChange={(event) => setApplyAt(event.target.value)}
          />
        )}
        <Select
          label="As clocks show it in"
          value={zone}
          error={words('zone')}
          onChange={(event) => setZone(event.target.value)}
        >
          {zones.map((each) => (
            <option key={each}>{each}</option>
          ))}
        </Select>
        {!applied && (
          <label className="row">
            <input
              type="checkbox"
              checked={reverts}
              onChange={(event) => {
                setReverts(event.target.checked)
                if (event.target.checked && !revertAt) setRevertAt(`${applyAt.slice(0, 11)}17:00`)
              }}
            />
            Take it back later
          </label>
        )}
        {reverts && (
          <Field
            label="Is taken back"
            type="datetime-local"
            value={revertAt}
            required
            error={words('revertAt')}
            onChange={(event) => setRevertAt(event.target.value)}
          />
        )}
        <Select
          label="If the environment is frozen then"
          value={ifFrozen}
          onChange={(event) => setIfFrozen(event.target.value as IfFrozen)}
        >
          <option value="wait">wait for the end of the freeze</option>
          <option value="stop">stop, and say so</option>
        </Select>
        <div className="schedule-said" aria-live="polite">
          {said.isPending && <Skeleton rows={1} />}
          {said.data && !said.error && (
            <>
              <p>
                C-{change.number} <b>{said.data.sentence}</b>.
              </p>
              {said.data.notes.map((note) => (
                <p key={note} className="s row start st warn">
                  <Shape kind="warn" /> <span>{note}.</span>
                </p>
              ))}
            </>
          )}
        </div>
        <Failure error={set.error ?? other} />
        <div className="sheet-acts">
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            look="primary"
            disabled={set.isPending || said.isPending || Boolean(said.error)}
          >
            Schedule
          </Button>
        </div>
      </form>
    </Sheet>
  )
}
