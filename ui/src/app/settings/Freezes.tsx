import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { api, path } from '@/api/client'
import { sessionQuery } from '@/api/queries'
import type { Environment, Freeze } from '@/api/types'
import { refusal, useScope } from '@/scope'
import { Button } from '@/ui/Button'
import { Card } from '@/ui/Card'
import { EnvironmentMark } from '@/ui/EnvironmentMark'
import { Failure } from '@/ui/Feedback'
import { Field, Select } from '@/ui/Field'
import { Sheet } from '@/ui/Sheet'

const here = Intl.DateTimeFormat().resolvedOptions().timeZone

const words = ({ weekly, once, zone }: Freeze) =>
  `${weekly ? `each week from ${weekly.from} to ${weekly.until}` : `from ${once?.from.replace('T', ' ')} to ${once?.until.replace('T', ' ')}`}, ${zone}`

/** Times in which an environment is left alone. */
export function Freezes() {
  const { project, can, member } = useScope()
  const client = useQueryClient()
  const [adding, setAdding] = useState<Environment>()
  const refused = can('administer') ? undefined : refusal('administer', member)
  const set = useMutation({
    mutationFn: ({ key, freezes }: Pick<Environment, 'key' | 'freezes'>) =>
      api<Environment>('PATCH', path`/projects/${project.key}/environments/${key}`, { body: { freezes } }),
    onSuccess: () => setAdding(undefined),
    onSettled: () => client.invalidateQueries({ queryKey: sessionQuery.queryKey }),
  })
  return (
    <Card title="Freezes" flush>
      {project.environments.map((each) => (
        <div className="setting" key={each.key}>
          <div>
            <p className="row">
              <EnvironmentMark production={each.production} />
              <b>{each.name}</b>
            </p>
            {each.freezes.length === 0 && <p className="s t2">Changes apply at any time.</p>}
            {each.freezes.map((freeze, i) => (
              <p className="s t2 row" key={`${i} ${freeze.reason}`}>
                <span>
                  <b>{freeze.reason}</b>: {words(freeze)}
                </span>
                <Button
                  small
                  look="quiet"
                  icon="close"
                  aria-label={`End the freeze ${freeze.reason} of ${each.name}`}
                  refused={refused}
                  onClick={() =>
                    set.mutate({ key: each.key, freezes: each.freezes.filter((_, at) => at !== i) })
                  }
                />
              </p>
            ))}
          </div>
          <Button small refused={refused} onClick={() => setAdding(each)}>
            Add a freeze…
          </Button>
        </div>
      ))}
      <p className="card-body note">
        Nothing that changes what an environment serves applies in a freeze, but what takes back and what
        somebody breaks the glass for. Schedules wait for its end, or stop.
      </p>
      {!adding && <Failure error={set.error} />}
      {adding && (
        <NewFreeze
          environment={adding}
          error={set.error}
          pending={set.isPending}
          onAdd={(freeze) => set.mutate({ key: adding.key, freezes: [...adding.freezes, freeze] })}
          onClose={() => setAdding(undefined)}
        />
      )}
    </Card>
  )
}

const days = {
  mon: 'Monday',
  tue: 'Tuesday',
  wed: 'Wednesday',
  thu: 'Thursday',
  fri: 'Friday',
  sat: 'Saturday',
  sun: 'Sunday',
}

function NewFreeze({
  environment,
  error,
  pending,
  onAdd,
  onClose,
}: {
  environment: Environment
  error: unknown
  pending: boolean
  onAdd: (freeze: Freeze) => void
  onClose: () => void
}) {
  const [reason, setReason] = useState('')
  const [weekly, setWeekly] = useState(true)
  const [zone, setZone] = useState(here)
  const [from, setFrom] = useState({ day: 'fri', time: '16:00', at: '' })
  const [until, setUntil] = useState({ day: 'mon', time: '08:00', at: '' })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const when = weekly
      ? { weekly: { from: `${from.day} ${from.time}`, until: `${until.day} ${until.time}` } }
      : { once: { from: from.at, until: until.at } }
    onAdd({ reason: reason.trim(), zone, ...when })
  }
  return (
    <Sheet open onClose={onClose} environment={environment} title="Add a freeze">
      <form className="form" onSubmit={submit}>
        <Field
          label="Why"
          required
          placeholder="No releases at weekends"
          value={reason}
          onChange={(event) => setReason(event.target.value)}
        />
        <Select
          label="How often"
          value={weekly ? 'weekly' : 'once'}
          onChange={(event) => setWeekly(event.target.value === 'weekly')}
        >
          <option value="weekly">each week</option>
          <option value="once">once</option>
        </Select>
        {(
          [
            ['From', from, setFrom],
            ['Until', until, setUntil],
          ] as const
        ).map(([label, value, onValue]) =>
          weekly ? (
            <div className="row" key={label}>
              <Select
                label={`${label}, day`}
                value={value.day}
                onChange={(e) => onValue({ ...value, day: e.target.value })}
              >
                {Object.entries(days).map(([day, name]) => (
                  <option key={day} value={day}>
                    {name}
                  </option>
                ))}
              </Select>
              <Field
                label={`${label}, time`}
                type="time"
                required
                value={value.time}
                onChange={(e) => onValue({ ...value, time: e.target.value })}
              />
            </div>
          ) : (
            <Field
              key={label}
              label={label}
              type="datetime-local"
              required
              value={value.at}
              onChange={(e) => onValue({ ...value, at: e.target.value })}
            />
          ),
        )}
        <Field
          label="As clocks show it in"
          required
          value={zone}
          onChange={(event) => setZone(event.target.value)}
        />
        <Failure error={error} />
        <div className="sheet-acts">
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            look="primary"
            disabled={pending}
            refused={reason.trim() ? undefined : 'It needs a reason.'}
          >
            Freeze
          </Button>
        </div>
      </form>
    </Sheet>
  )
}
