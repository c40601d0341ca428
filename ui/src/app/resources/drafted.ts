import type { EditOp } from '@/api/types'
import { withWriter } from './writer'

/** `live` as the edits make it; only those that stand for the whole or its details matter here. */
export function drafted<T extends object>(live: T, ops: readonly EditOp[]): T {
  let draft = live
  for (const op of ops) {
    if (op.type === 'put') {
      const { kind: _kind, ...whole } = op.resource
      draft = whole as unknown as T
    } else if (op.type === 'setDetails') {
      const { type: _type, ...details } = op
      draft = { ...draft, ...details }
    } else if (op.type === 'setManagedBy') {
      draft = withWriter(draft, op.writer)
    }
  }
  return draft
}
