import type { Edit, EditOp, ResourceId } from '@/api/types'

/** What an operation acts on inside its resource: two edits with the same target and part exclude each other. */
export function partOf(op: EditOp): string {
  switch (op.type) {
    case 'put':
    case 'delete':
      return 'whole'
    case 'addVariation':
    case 'setVariation':
      return `variation:${op.variation.id}`
    case 'removeVariation':
      return `variation:${op.id}`
    case 'setServe':
      return `serve:${op.rule ?? ''}`
    case 'addRule':
      return `rule:${op.rule.id}`
    case 'removeRule':
      return `rule:${op.rule}`
    case 'setClauses':
      return `clauses:${op.rule}`
    case 'moveRule':
      return `move:${op.rule}`
    case 'setTargets':
      return `targets:${op.contextKind ?? 'user'}:${op.variation}`
    case 'setArm':
      return `arm:${op.arm}`
    case 'setLifecycle':
      return op.archived === undefined ? 'lifecycle' : 'archived'
    default:
      return op.type
  }
}

export const sameTarget = (a: ResourceId, b: ResourceId): boolean =>
  a.kind === b.kind && a.key === b.key && (a.environment ?? '') === (b.environment ?? '')

export const sameEdit = (a: Edit, b: Edit): boolean =>
  sameTarget(a.target, b.target) && partOf(a.op) === partOf(b.op)

/** `edits` with `edit`: in the place of the one that it replaces, else at the end. */
export function mergeEdit(edits: readonly Edit[], edit: Edit): Edit[] {
  const own = (each: Edit) => sameTarget(each.target, edit.target)
  // A whole resource swallows what was said about its parts, but not that it is taken over.
  if (partOf(edit.op) === 'whole')
    return [...edits.filter((each) => !own(each) || each.op.type === 'setManagedBy'), edit]
  const rule = ruleOf(edit.op)
  const added =
    rule && edits.find((each) => own(each) && each.op.type === 'addRule' && each.op.rule.id === rule)
  if (added && added.op.type === 'addRule') {
    const fold = foldIntoRule(added.op, edit.op)
    if (fold === 'drop') return edits.filter((each) => !own(each) || ruleOf(each.op) !== rule)
    if (fold) return edits.map((each) => (each === added ? { ...each, op: fold } : each))
  }
  const kept =
    edit.op.type === 'removeRule' ? edits.filter((each) => !own(each) || ruleOf(each.op) !== rule) : edits
  const place = kept.findIndex((each) => sameEdit(each, edit))
  return place < 0 ? [...kept, edit] : kept.map((each, i) => (i === place ? edit : each))
}

export const withoutEdit = (edits: readonly Edit[], edit: Edit): Edit[] =>
  edits.filter((each) => !sameEdit(each, edit))

function ruleOf(op: EditOp): string | undefined {
  switch (op.type) {
    case 'addRule':
      return op.rule.id
    case 'setServe':
    case 'setClauses':
    case 'removeRule':
    case 'moveRule':
      return op.rule
    default:
      return undefined
  }
}

/** An edit of a rule that this change itself adds becomes part of the addition. */
function foldIntoRule(add: Extract<EditOp, { type: 'addRule' }>, op: EditOp): EditOp | 'drop' | undefined {
  switch (op.type) {
    case 'removeRule':
      return 'drop'
    case 'setClauses':
      return { ...add, rule: { ...add.rule, clauses: op.clauses } }
    case 'moveRule':
      return { ...add, index: op.index }
    case 'setServe': {
      const { variation: _variation, rollout: _rollout, ...rest } = add.rule
      return { ...add, rule: { ...rest, ...op.serve } }
    }
    default:
      return undefined
  }
}
