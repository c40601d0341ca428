import type { EditOp } from '@/api/types'
import { Details } from '@/ui/Details'
import { DetailFields } from './DetailFields'

interface About {
  name?: string
  description?: string
  owner?: string
}
const fields = ['name', 'description', 'owner'] as const

/** Name, purpose and owner of something that is edited in parts. */
export function AboutFields({
  live,
  draft,
  refused,
  onAdd,
  onDrop,
}: {
  live: About
  draft: About
  refused: string | undefined
  onAdd: (op: EditOp) => void
  onDrop: (op: EditOp) => void
}) {
  const { name, description, owner } = draft
  const save = (next: About) => {
    const changed = fields.filter((field) => (next[field] ?? '') !== (live[field] ?? ''))
    const op: EditOp = {
      type: 'setDetails',
      ...Object.fromEntries(changed.map((field) => [field, next[field] ?? ''])),
    }
    if (changed.length > 0) onAdd(op)
    else onDrop(op)
  }
  return (
    <Details summary="Name, owner, what it is for">
      <DetailFields
        value={{
          ...(name ? { name } : {}),
          ...(description ? { description } : {}),
          ...(owner ? { owner } : {}),
        }}
        refused={refused}
        onSave={save}
      />
    </Details>
  )
}
