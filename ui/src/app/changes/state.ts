import type { ChangeState, ChangeView, Permit } from '@/api/types'
import { plain } from '@/ui/Sentence'
import type { StateKind } from '@/ui/State'

const states: Record<ChangeState, { kind: StateKind; word: string }> = {
  draft: { kind: 'off', word: 'Draft' },
  inReview: { kind: 'edited', word: 'In review' },
  approved: { kind: 'done', word: 'Approved' },
  scheduled: { kind: 'waiting', word: 'Scheduled' },
  applied: { kind: 'on', word: 'Applied' },
  rejected: { kind: 'blocked', word: 'Given up' },
}

/** Shape and word of where it stands; what someone rejected says so before anything else. */
export function standing({ state, review, revision }: Pick<ChangeView, 'state' | 'review' | 'revision'>): {
  kind: StateKind
  word: string
} {
  if (state === 'inReview' && review.reviews.some((each) => each.valid && each.verdict === 'reject'))
    return { kind: 'blocked', word: 'Rejected' }
  if (state === 'applied' && revision !== undefined) return { kind: 'on', word: `Applied as r${revision}` }
  return states[state]
}

/** Why something may not be done, as a sentence of its own. */
export const whyNot = ({ why }: Permit, otherwise: string): string =>
  why ? `${why[0]!.toUpperCase()}${why.slice(1)}${/[.!?]$/.test(why) ? '' : '.'}` : otherwise

/** What people call it: its title, else what it does first. */
export function titleOf(change: ChangeView): string {
  const [first] = change.check.edits
  return change.title || (first ? plain(first.sentence) : `Change ${change.number}`)
}

export interface Progress {
  have: number
  need: number
}

/** Approvals that it has of those that it needs; none where it needs none. */
export function approvals({ review }: Pick<ChangeView, 'review'>): Progress | undefined {
  const need = review.requirements.reduce((sum, each) => sum + each.approvals, 0)
  const have = review.requirements.reduce((sum, each) => sum + Math.min(each.have, each.approvals), 0)
  return need > 0 ? { have, need } : undefined
}
