import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { api, path } from '@/api/client'
import type { Edit, TriggerCreated, TriggerSource } from '@/api/types'
import { useScope } from '@/scope'
import { useTray } from '@/shell/tray/useTray'
import { Button } from '@/ui/Button'
import { Failure } from '@/ui/Feedback'
import { Field, Select, TextArea } from '@/ui/Field'
import { Sheet } from '@/ui/Sheet'
import { count } from '@/ui/time'
import { triggersQuery } from './queries'

type What = 'off' | 'on' | 'tray'

/** A new trigger: what it does, and who sets it off. */
export function NewTriggerSheet({
  onMade,
  onClose,
}: {
  onMade: (made: TriggerCreated) => void
  onClose: () => void
}) {
  const { project, environment } = useScope()
  const client = useQueryClient()
  const tray = useTray()
  const [name, setName] = useState('')
  const [what, setWhat] = useState<What>('off')
  const [flag, setFlag] = useState('')
  const [reason, setReason] = useState('')
  const [source, setSource] = useState<TriggerSource>('any')
  const [reverts, setReverts] = useState(true)
  const [signed, setSigned] = useState(false)
  const edits: Edit[] =
    what === 'tray'
      ? tray.edits
      : [
          {
            target: { environment: environment.key, kind: 'targeting', key: flag.trim() },
            op: { type: 'setOn', on: what === 'on' },
          },
        ]
  const create = useMutation({
    mutationFn: () =>
      api<TriggerCreated>('POST', path`/projects/${project.key}/triggers`, {
        body: {
          name: name.trim(),
          source,
          requireSignature: signed,
          revertOnResolved: source === 'alertmanager' && reverts,
          reason: reason.trim(),
          edits,
        },
      }),
    onSuccess: async (made) => {
      await client.invalidateQueries({ queryKey: triggersQuery(project.key).queryKey })
      onMade(made)
    },
  })
  const ready = name.trim() && (what === 'tray' ? edits.length > 0 : flag.trim())
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (ready) create.mutate()
  }
  return (
    <Sheet
      open
      onClose={onClose}
      environment={environment}
      project={project.name}
      title="New trigger"
      description="It acts with your permission at that time. Where approvals are missing, its change waits in review."
    >
      <form className="form" onSubmit={submit}>
        <Field label="Name" value={name} onChange={(event) => setName(event.target.value)} />
        <div className="hook-fields">
          <Select label="What it does" value={what} onChange={(event) => setWhat(event.target.value as What)}>
            <option value="off">turns a flag off</option>
            <option value="on">turns a flag on</option>
            <option value="tray" disabled={tray.edits.length === 0}>
              what your change does ({count(tray.edits.length, 'edit')})
            </option>
          </Select>
          {what !== 'tray' && (
            <Field
              label="Flag"
              className="mono"
              value={flag}
              placeholder="checkout-v2"
              onChange={(event) => setFlag(event.target.value)}
            />
          )}
        </div>
        <TextArea
          label="Reason"
          value={reason}
          placeholder="Why it is done: it stands in the history each time"
          onChange={(event) => setReason(event.target.value)}
        />
        <Select
          label="Who sets it off"
          value={source}
          onChange={(event) => setSource(event.target.value as TriggerSource)}
        >
          <option value="any">whoever has its address</option>
          <option value="alertmanager">Prometheus Alertmanager</option>
        </Select>
        {source === 'alertmanager' && (
          <label className="hook-choice-one">
            <input type="checkbox" checked={reverts} onChange={(event) => setReverts(event.target.checked)} />
            Reverts what it applied when the alert is over
          </label>
        )}
        {source === 'any' && (
          <label className="hook-choice-one">
            <input type="checkbox" checked={signed} onChange={(event) => setSigned(event.target.checked)} />
            Calls must be signed too
          </label>
        )}
        <Failure error={create.error} />
        <div className="sheet-acts">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" disabled={!ready || create.isPending}>
            Make trigger
          </Button>
        </div>
      </form>
    </Sheet>
  )
}
