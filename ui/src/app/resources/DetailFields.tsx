import { useState } from 'react'
import { Button } from '@/ui/Button'
import { Field } from '@/ui/Field'
import { OwnerField } from '../people/people'

interface Details {
  name?: string
  description?: string
  owner?: string
}
const fields = [
  ['name', 'Name', 'the key'],
  ['description', 'What it is for', 'one sentence'],
] as const
const all = ['name', 'description', 'owner'] as const

/** What people read about a resource: name, description, owner. */
export function DetailFields<T extends Details>({
  value,
  refused,
  onSave,
}: {
  value: T
  refused: string | undefined
  onSave: (next: T) => void
}) {
  const [typed, setTyped] = useState<Details>()
  const shown = typed ?? value
  const type = (field: (typeof all)[number], word: string) =>
    setTyped({ ...Object.fromEntries(all.map((each) => [each, shown[each] ?? ''])), [field]: word })
  const save = () => {
    const next: T = { ...value }
    for (const field of all) {
      const word = typed?.[field]?.trim()
      if (word) next[field] = word
      else delete next[field]
    }
    onSave(next as T)
    setTyped(undefined)
  }
  return (
    <div className="stack tight">
      {fields.map(([field, label, placeholder]) => (
        <Field
          key={field}
          label={label}
          placeholder={placeholder}
          value={shown[field] ?? ''}
          readOnly={!!refused}
          title={refused}
          onChange={(event) => type(field, event.target.value)}
        />
      ))}
      <OwnerField value={shown.owner ?? ''} refused={refused} onOwner={(owner) => type('owner', owner)} />
      {typed && (
        <div className="row">
          <Button small look="edited" refused={refused} onClick={save}>
            Add to change
          </Button>
          <Button small look="quiet" onClick={() => setTyped(undefined)}>
            Cancel
          </Button>
        </div>
      )}
    </div>
  )
}
