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
export function standing({
  state,
  review,
  revision,
}: Pick<ChangeView, 'state' | 'revision'> & Partial<Pick<ChangeView, 'review'>>): {
  kind: StateKind
  word: string
} {
  if (state === 'inReview' && review?.reviews.some((each) => each.valid && each.verdict === 'reject'))
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
  // What a team is asked for is among what its environment needs.
  const missingFrom = (environment: string) =>
    review.requirements.reduce(
      (most, { source, approvals, have }) =>
        source.type === 'team' && source.environment === environment
          ? Math.max(most, approvals - have)
          : most,
      0,
    )
  const counted = review.requirements.filter(({ source }) => source.type !== 'team')
  const need = counted.reduce((sum, each) => sum + each.approvals, 0)
  const have = counted.reduce((sum, { source, approvals, have }) => {
    const open = source.type === 'environment' ? missingFrom(source.environment) : 0
    return sum + Math.min(have, approvals - open)
  }, 0)
  return need > 0 ? { have, need } : undefined
}
