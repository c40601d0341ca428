import { type FormEvent, useState } from 'react'
import type { Flag, Manifest } from '@/api/types'
import { useScope } from '@/scope'
import { useTray } from '@/shell/tray/useTray'
import { Button, IconButton } from '@/ui/Button'
import { Field, Select } from '@/ui/Field'
import { Sheet } from '@/ui/Sheet'
import { OwnerField } from '../people/people'
import { readVariations, type ValueKind, type VariationDraft, valueKinds } from './newFlag'
import { flagTypes, typeHints } from './search'

const presets: Record<ValueKind, VariationDraft[]> = {
  boolean: [
    { id: 'on', value: 'true' },
    { id: 'off', value: 'false' },
  ],
  text: [
    { id: 'new', value: 'new' },
    { id: 'old', value: 'old' },
  ],
  number: [
    { id: 'high', value: '10' },
    { id: 'low', value: '1' },
  ],
  json: [
    { id: 'new', value: '{}' },
    { id: 'old', value: '{}' },
  ],
}
const key = /^[A-Za-z0-9][A-Za-z0-9._-]*$/

/** A new flag, off, in this environment: two edits in the change. */
export function NewFlagSheet({
  open,
  initialKey,
  onClose,
}: {
  open: boolean
  initialKey: string | undefined
  onClose: () => void
}) {
  return (
    <Sheet
      open={open}
      onClose={onClose}
      title="New flag"
      description="It starts off. Nothing is live before your change is applied."
    >
      {open && <Form initialKey={initialKey} onClose={onClose} />}
    </Sheet>
  )
}

function Form({ initialKey, onClose }: { initialKey: string | undefined; onClose: () => void }) {
  const { environment, member } = useScope()
  const tray = useTray()
  const [name, setName] = useState('')
  const [ownKey, setOwnKey] = useState(initialKey)
  const [type, setType] = useState<Flag['type']>('release')
  const [owner, setOwner] = useState(member.teams.length === 1 ? member.teams[0]! : member.id)
  const [kind, setKind] = useState<ValueKind>('boolean')
  const [variations, setVariations] = useState(presets.boolean)
  const [tried, setTried] = useState(false)
  const slug = name
    .trim()
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
  const flagKey = ownKey ?? slug
  const read = readVariations(variations, kind)
  const keyError = !key.test(flagKey)
    ? 'Letters, digits, “.”, “_” and “-”, starting with a letter or digit.'
    : undefined
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (keyError || 'reasons' in read) return
    const flag: Flag = {
      key: flagKey,
      ...(name.trim() ? { name: name.trim() } : {}),
      ...(owner.trim() ? { owner: owner.trim() } : {}),
      type,
      variations: read.variations,
      clientSideAvailability: { usingMobileKey: false, usingEnvironmentId: false },
    }
    tray.setEdits([
      ...tray.edits.filter(
        ({ target }) => target.key !== flagKey || !['flag', 'targeting'].includes(target.kind),
      ),
      ...newFlagEdits(flag, environment.key),
    ])
    onClose()
  }
  const change = (at: number, next: Partial<VariationDraft>) =>
    setVariations(variations.map((each, i) => (i === at ? { ...each, ...next } : each)))
  return (
    <form className="form" onSubmit={submit}>
      <div className="two-fields">
        <Field label="Name" value={name} autoFocus onChange={(event) => setName(event.target.value)} />
        <Field
          label="Key"
          className="mono"
          value={flagKey}
          hint="What applications ask for; it stays."
          error={tried || ownKey ? keyError : undefined}
          onChange={(event) => setOwnKey(event.target.value)}
        />
        <Select
          label="Type"
          value={type}
          onChange={(event) => setType(event.target.value as Flag['type'])}
          hint={typeHints[type]}
        >
          {flagTypes.map((each) => (
            <option key={each}>{each}</option>
          ))}
        </Select>
        <OwnerField
          value={owner}
          nobody={false}
          hint="Who answers for it, and is asked about it"
          onOwner={setOwner}
        />
      </div>
      <Select
        label="Values"
        value={kind}
        onChange={(event) => {
          const next = event.target.value as ValueKind
          setKind(next)
          setVariations(presets[next])
        }}
      >
        {valueKinds.map(({ kind: each, words }) => (
          <option key={each} value={each}>
            {words}
          </option>
        ))}
      </Select>
      <fieldset className="form tight">
        <legend className="vh">Variations</legend>
        {variations.map((variation, i) => (
          <div key={i} className="var-row">
            <Field
              label={i === 0 ? 'Variation' : `Variation ${i + 1}`}
              hideLabel={i > 0}
              value={variation.id}
              error={tried && 'reasons' in read ? read.reasons[i]?.id : undefined}
              onChange={(event) => change(i, { id: event.target.value })}
            />
            <Field
              label={i === 0 ? 'Value' : `Value ${i + 1}`}
              hideLabel={i > 0}
              value={variation.value}
              className="mono"
              readOnly={kind === 'boolean'}
              error={tried && 'reasons' in read ? read.reasons[i]?.value : undefined}
              onChange={(event) => change(i, { value: event.target.value })}
            />
            {kind !== 'boolean' && variations.length > 1 && (
              <IconButton
                icon="close"
                label={`Take ${variation.id} away`}
                style={{ marginTop: i === 0 ? 24 : 0 }}
                onClick={() => setVariations(variations.filter((_, at) => at !== i))}
              />
            )}
          </div>
        ))}
        {kind !== 'boolean' && (
          <div>
            <Button
              small
              look="quiet"
              icon="plus"
              onClick={() => setVariations([...variations, { id: '', value: '' }])}
            >
              Variation
            </Button>
          </div>
        )}
        <p className="note">
          The last one is served while the flag is off. Order stays: rules name variations by position.
        </p>
      </fieldset>
      <div className="sheet-acts">
        <Button onClick={onClose}>Cancel</Button>
        <Button look="primary" type="submit">
          Add to change
        </Button>
      </div>
    </form>
  )
}

export function newFlagEdits(flag: Flag, environment: string) {
  const targeting = {
    kind: 'targeting',
    key: flag.key,
    on: false,
    offVariation: flag.variations.length - 1,
    fallthrough: { variation: 0 },
  } satisfies Manifest
  return [
    {
      target: { kind: 'flag' as const, key: flag.key },
      op: { type: 'put' as const, resource: { kind: 'flag', ...flag } as unknown as Manifest },
    },
    {
      target: { kind: 'targeting' as const, environment, key: flag.key },
      op: { type: 'put' as const, resource: targeting },
    },
  ]
}
