import type { Edit, EditOp, EditView, ResourceId } from '@/api/types'
import { asOf } from '@/asOf'
import { sameTarget } from './merge'
import { useTray } from './useTray'

export interface ResourceEdits {
  edits: Edit[]
  ops: EditOp[]
  /** Each edit with its sentence, once the server has said it. */
  views: { edit: Edit; view: EditView | undefined }[]
  add: (op: EditOp) => void
  /** Takes back the edit at the same place as `op`. */
  drop: (op: EditOp) => void
  dropAll: () => void
}

/** The part of the change in the making that is about one resource. */
export function useResourceEdits(target: ResourceId): ResourceEdits {
  const tray = useTray()
  // What was is shown without what one is about to change.
  const shown = asOf() === undefined ? tray.edits : []
  const views = shown.flatMap((edit, i) =>
    sameTarget(edit.target, target) ? [{ edit, view: tray.views[i] }] : [],
  )
  const edits = views.map(({ edit }) => edit)
  return {
    edits,
    ops: edits.map(({ op }) => op),
    views,
    add: (op) => tray.addEdit({ target, op }),
    drop: (op) => tray.removeEdit({ target, op }),
    dropAll: () => tray.setEdits(tray.edits.filter((edit) => !sameTarget(edit.target, target))),
  }
}
