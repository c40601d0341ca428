import { useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import type { ArmAction, Manifest } from '@/api/types'
import { listenersQuery } from '@/app/flags/queries'
import { useScope } from '@/scope'
import { useTray } from '@/shell/tray/useTray'
import { Button } from '@/ui/Button'
import { Field, Select } from '@/ui/Field'
import { Sheet } from '@/ui/Sheet'
import { ActionFields } from './ActionFields'
import { type PathKind, readPath, words } from './words'

export function NewRouteSheet({ open, onClose }: { open: boolean; onClose: () => void }) {
  return (
    <Sheet
      open={open}
      onClose={onClose}
      title="New route"
      description="Nothing is live before your change is applied."
    >
      {open && <Form onClose={onClose} />}
    </Sheet>
  )
}

function Form({ onClose }: { onClose: () => void }) {
  const { project, environment } = useScope()
  const tray = useTray()
  const { data } = useQuery(listenersQuery(project.key, environment.key))
  const [key, setKey] = useState('')
  const [listener, setListener] = useState('')
  const [hosts, setHosts] = useState('')
  const [kind, setKind] = useState<PathKind>('prefix')
  const [path, setPath] = useState('/')
  const [action, setAction] = useState<ArmAction>({ type: 'service', service: '', subset: '' })
  const chosen = listener || data?.items[0]?.key || ''
  const missing = !/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(key)
    ? 'its key needs letters, digits, “.”, “_” or “-”'
    : !chosen
      ? 'there is no listener'
      : action.type === 'service' && !action.service
        ? 'it does not say where requests go'
        : undefined
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (missing) return
    const at = readPath(kind, path)
    const route = {
      kind: 'route',
      key,
      listener: chosen,
      match: { ...(words(hosts).length ? { hosts: words(hosts) } : {}), ...(at ? { path: at } : {}) },
      split: {
        by: 'weight',
        contextKind: 'user',
        bucketBy: 'key',
        arms: [{ id: 'all', weight: 100_000, action }],
      },
    }
    tray.addEdit({
      target: { kind: 'route', environment: environment.key, key },
      op: { type: 'put', resource: route as unknown as Manifest },
    })
    onClose()
  }
  return (
    <form className="form" onSubmit={submit}>
      <Field label="Key" autoFocus value={key} onChange={(event) => setKey(event.target.value)} />
      <Select label="Listener" value={chosen} onChange={(event) => setListener(event.target.value)}>
        {data?.items.map((each) => (
          <option key={each.key}>{each.key}</option>
        ))}
      </Select>
      <Field
        label="Hosts"
        hint="Empty takes any"
        value={hosts}
        onChange={(event) => setHosts(event.target.value)}
      />
      <Select label="Path" value={kind} onChange={(event) => setKind(event.target.value as PathKind)}>
        <option value="prefix">this and below</option>
        <option value="exact">exactly</option>
        <option value="template">template, such as /orders/{'{id}'}</option>
      </Select>
      <Field label="Path value" hideLabel value={path} onChange={(event) => setPath(event.target.value)} />
      <ActionFields label="Leads to" action={action} onChange={setAction} />
      {missing && <p className="note">Not yet: {missing}.</p>}
      <div className="sheet-acts">
        <Button onClick={onClose}>Cancel</Button>
        <Button look="primary" type="submit" refused={missing}>
          Add to change
        </Button>
      </div>
    </form>
  )
}
