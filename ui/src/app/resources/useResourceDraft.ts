import type { Action, EditOp, Kind, Manifest } from '@/api/types'
import { same } from '@/same'
import { refusal, useScope } from '@/scope'
import { useResourceEdits } from '@/shell/tray/useResourceEdits'

interface Listed {
  key: string
  revision: number
  environment?: string
}

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
    }
  }
  return draft
}

/** A segment or service as it is and as the member's change makes it; `set` puts what it should be. */
export function useResourceDraft<T extends Listed>(kind: Kind, resource: T, need: Action) {
  const { environment, can, member } = useScope()
  const own = useResourceEdits({ kind, environment: environment.key, key: resource.key })
  const { revision: _revision, environment: _environment, ...body } = resource
  const { kind: _kind, ...live } = body as typeof body & { kind?: Kind }
  const draft = drafted(live as unknown as T, own.ops)
  return {
    live: live as unknown as T,
    draft,
    edited: own.edits.length > 0,
    refused: can(need) ? undefined : refusal(need, member),
    /** Adds the edit, or takes it back where nothing would differ. */
    set: (next: T) =>
      same(live, next)
        ? own.dropAll()
        : own.add({ type: 'put', resource: { ...next, kind } as unknown as Manifest }),
    drop: own.dropAll,
  }
}
