import { useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import type { ArmTraffic, EditOp, Listener, Match, Route, Split } from '@/api/types'
import { flagNamesQuery, flagQuery } from '@/app/flags/queries'
import { useScope } from '@/scope'
import { Button } from '@/ui/Button'
import { Field, Select } from '@/ui/Field'
import { Sheet } from '@/ui/Sheet'
import { ActionFields } from './ActionFields'
import { armId, mostServed, toWeights } from './split'
import { type PathKind, readPath, splitPath, words } from './words'

interface Props {
  route: Route
  onAdd: (op: EditOp) => void
  onClose: () => void
}

const Acts = ({ onClose }: { onClose: () => void }) => (
  <div className="sheet-acts">
    <Button onClick={onClose}>Cancel</Button>
    <Button look="primary" type="submit">
      Add to change
    </Button>
  </div>
)

/** Which requests a route takes. Conditions on headers and query parameters stay as they are. */
export function MatchSheet({ route, onAdd, onClose }: Props) {
  const [kind, setKind] = useState<PathKind>(splitPath(route.match.path)[0])
  const [path, setPath] = useState(splitPath(route.match.path)[1])
  const [hosts, setHosts] = useState(route.match.hosts?.join(' ') ?? '')
  const [methods, setMethods] = useState(route.match.methods?.join(' ') ?? '')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const { hosts: _h, methods: _m, path: _p, ...rest } = route.match
    const at = readPath(kind, path)
    const match: Match = {
      ...rest,
      ...(words(hosts).length ? { hosts: words(hosts) } : {}),
      ...(words(methods).length ? { methods: words(methods.toUpperCase()) } : {}),
      ...(at ? { path: at } : {}),
    }
    onAdd({ type: 'setMatch', match })
    onClose()
  }
  return (
    <Sheet open onClose={onClose} title="Which requests it takes">
      <form className="form" onSubmit={submit}>
        <Field
          label="Hosts"
          hint="Empty takes any"
          value={hosts}
          onChange={(event) => setHosts(event.target.value)}
        />
        <Field
          label="Methods"
          hint="Empty takes any"
          value={methods}
          onChange={(event) => setMethods(event.target.value)}
        />
        <Select label="Path" value={kind} onChange={(event) => setKind(event.target.value as PathKind)}>
          <option value="prefix">this and below</option>
          <option value="exact">exactly</option>
          <option value="template">template</option>
        </Select>
        <Field label="Path value" hideLabel value={path} onChange={(event) => setPath(event.target.value)} />
        <Acts onClose={onClose} />
      </form>
    </Sheet>
  )
}

/** What one arm leads to and what answers when it is down. */
export function ArmSheet({ route, arm, onAdd, onClose }: Props & { arm: string }) {
  const ids = route.split.arms.map(armId)
  const found = route.split.arms[ids.indexOf(arm)]
  const [action, setAction] = useState(found?.action)
  const [fallback, setFallback] = useState(found?.fallback ?? '')
  if (!action) return null
  return (
    <Sheet open onClose={onClose} title={`Arm ${arm}`}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault()
          onAdd({ type: 'setArm', arm, action, ...(fallback ? { fallback } : {}) })
          onClose()
        }}
      >
        <ActionFields label="Leads to" action={action} onChange={setAction} />
        <Select
          label="When it is down"
          value={fallback}
          onChange={(event) => setFallback(event.target.value)}
        >
          <option value="">the request fails</option>
          {ids
            .filter((id) => id !== arm)
            .map((id) => (
              <option key={id} value={id}>
                {id} answers
              </option>
            ))}
        </Select>
        <Acts onClose={onClose} />
      </form>
    </Sheet>
  )
}

/** By weight, or one arm for each variation of a flag. */
export function SplitSheet({
  route,
  served,
  mapping,
  onAdd,
  onClose,
}: Props & { served: ArmTraffic[]; mapping: Listener['mapping'] }) {
  const { project, environment } = useScope()
  const current = route.split.by === 'flag' ? route.split.flag : ''
  const { data: decides } = useQuery({
    ...flagQuery(project.key, environment.key, current),
    enabled: current !== '',
  })
  const rollout = decides?.targeting.fallthrough.rollout
  const most = mostServed(route.split, served)
  const { data } = useQuery(flagNamesQuery(project.key, environment.key))
  const [key, setKey] = useState(current)
  const flag = data?.items.find((each) => each.key === key)
  const actions = route.split.arms.map((each) => each.action)
  const last = actions.at(-1)!
  const [chosen, setChosen] = useState<Record<string, typeof last>>({})
  const of = (variation: string, i: number) => chosen[variation] ?? actions[i] ?? last
  return (
    <Sheet open onClose={onClose} title="How it divides requests">
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault()
          const split: Split = flag
            ? {
                by: 'flag',
                flag: flag.key,
                arms: flag.variations.map((each, i) => ({ variation: each.id, action: of(each.id, i) })),
              }
            : toWeights(route.split, most, {
                contextKind: rollout?.contextKind ?? mapping.contexts?.[0]?.kind ?? 'user',
                bucketBy: rollout?.bucketBy ?? 'key',
              })
          if (flag || current) onAdd({ type: 'setSplit', split })
          onClose()
        }}
      >
        <Select label="By" value={key} onChange={(event) => setKey(event.target.value)}>
          <option value="">weights</option>
          {data?.items.map((each) => (
            <option key={each.key} value={each.key}>
              flag {each.key}
            </option>
          ))}
        </Select>
        {flag?.variations.map((each, i) => (
          <ActionFields
            key={each.id}
            label={`${each.id} leads to`}
            action={of(each.id, i)}
            onChange={(action) => setChosen({ ...chosen, [each.id]: action })}
          />
        ))}
        {!flag && current && (
          <p className="note">All requests start on arm {most}; move the handles from there.</p>
        )}
        <Acts onClose={onClose} />
      </form>
    </Sheet>
  )
}
