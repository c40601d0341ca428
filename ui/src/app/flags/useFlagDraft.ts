import type { Aspect, EditOp, Flag, FlagDetail, Targeting } from '@/api/types'
import { refusal, useScope } from '@/scope'
import { partOf } from '@/shell/tray/merge'
import { type ResourceEdits, useResourceEdits } from '@/shell/tray/useResourceEdits'
import { handToGit, managedRefusal, takeOver, writerOf } from '../resources/writer'
import { useMay } from '../settings/policies/useMay'
import { applyToFlag, applyToTargeting, isNothing, type RuleRow, ruleRows } from './draft'

export interface FlagDraft {
  live: Targeting
  liveFlag: Flag
  /** What will be, with the member's change. */
  targeting: Targeting
  flag: Flag
  rows: RuleRow[]
  ops: EditOp[]
  flagOps: EditOp[]
  views: ResourceEdits['views']
  /** Adds the edit, or takes it back where it would change nothing. */
  set: (op: EditOp) => void
  setFlag: (op: EditOp) => void
  drop: (op: EditOp) => void
  dropFlag: (op: EditOp) => void
  has: (op: EditOp['type'], part?: string) => boolean
  /** Why the targeting here can't be edited, and why the flag itself can't. */
  refused: string | undefined
  /** Why one part of it can't be edited here: by the policies of the project. */
  refuses: (aspect: Aspect) => string | undefined
  flagRefused: string | undefined
  /** Why its name, owner, tags and life can't be; LaunchDarkly says nothing of these, so that they are ours. */
  detailsRefused: string | undefined
  /** Why the member may not edit flags at all. */
  forbidden: string | undefined
  takeOver: () => void
  handToGit: () => void
}

/** A flag's targeting here, live and as the member's change makes it. */
export function useFlagDraft(detail: FlagDetail): FlagDraft {
  const { environment, can, member } = useScope()
  const key = detail.flag.key
  const own = useResourceEdits({ kind: 'targeting', environment: environment.key, key })
  const flags = useResourceEdits({ kind: 'flag', key })
  const targeting = applyToTargeting(detail.targeting, own.ops)
  const flag = applyToFlag(detail.flag, flags.ops)
  const may = useMay({ kind: 'targeting', environment: environment.key, key })
  const forbidden = can('editFlags') ? undefined : refusal('editFlags', member)
  return {
    live: detail.targeting,
    liveFlag: detail.flag,
    targeting,
    flag,
    rows: ruleRows(detail.targeting, targeting, own.ops),
    ops: own.ops,
    flagOps: flags.ops,
    views: [...flags.views, ...own.views],
    set: (op) => {
      const others = own.ops.filter((each) => partOf(each) !== partOf(op))
      if (isNothing(detail.targeting, others, op)) own.drop(op)
      else own.add(op)
    },
    setFlag: flags.add,
    drop: own.drop,
    dropFlag: flags.drop,
    has: (type, part) =>
      own.ops.some((op) => op.type === type && (part === undefined || partOf(op) === part)),
    refused: forbidden ?? managedRefusal(targeting),
    refuses: (aspect) => forbidden ?? managedRefusal(targeting) ?? may(aspect),
    flagRefused: forbidden ?? managedRefusal(flag),
    detailsRefused: forbidden ?? (flag.managedBy === 'launchdarkly' ? undefined : managedRefusal(flag)),
    forbidden,
    takeOver: () => {
      if (writerOf(targeting)) own.add(takeOver)
      if (writerOf(flag)) flags.add(takeOver)
    },
    handToGit: () => own.add(handToGit),
  }
}
