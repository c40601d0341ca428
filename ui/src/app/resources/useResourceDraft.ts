import type { Action, Kind, Manifest } from '@/api/types'
import { same } from '@/same'
import { refusal, useScope } from '@/scope'
import { useResourceEdits } from '@/shell/tray/useResourceEdits'
import { drafted } from './drafted'
import { handToGit, type Managed, managedRefusal, takeOver } from './writer'

interface Listed extends Managed {
  key: string
  revision: number
  environment?: string
}

/** A segment or service as it is and as the member's change makes it; `set` puts what it should be. */
export function useResourceDraft<T extends Listed>(kind: Kind, resource: T, need: Action) {
  const { environment, can, member } = useScope()
  const target = { kind, environment: environment.key, key: resource.key }
  const own = useResourceEdits(target)
  const { revision: _revision, environment: _environment, ...body } = resource
  const { kind: _kind, ...live } = body as typeof body & { kind?: Kind }
  const draft = drafted(live as unknown as T, own.ops)
  const forbidden = can(need) ? undefined : refusal(need, member)
  return {
    live: live as unknown as T,
    draft,
    edited: own.edits.length > 0,
    target,
    forbidden,
    refused: forbidden ?? managedRefusal(draft),
    /** Its name, owner and tags: LaunchDarkly says nothing of these, so that they are ours. */
    detailsRefused: forbidden ?? (draft.managedBy === 'launchdarkly' ? undefined : managedRefusal(draft)),
    takeOver: () => own.add(takeOver),
    handToGit: () => own.add(handToGit),
    /** Adds the edit, or takes it back where nothing would differ. */
    set: (next: T) =>
      same(live, next)
        ? own.dropAll()
        : own.add({ type: 'put', resource: { ...next, kind } as unknown as Manifest }),
    drop: own.dropAll,
  }
}
