import { expect, it } from 'vitest'
import type { GivenReview, Requirement } from '@/api/types'
import { approvals, standing, whyNot } from './state'

const requirement = (approvals: number, have: number): Requirement => ({
  reason: '',
  approvals,
  have,
  source: { type: 'environment', environment: 'production' },
})
const team = (approvals: number, have: number): Requirement => ({
  ...requirement(approvals, have),
  source: { type: 'team', environment: 'production', team: 'payments' },
})
const of = (...requirements: Requirement[]) =>
  approvals({ review: { requirements, reviews: [], reviewers: [], may: {} as never } })

it.each([
  ['nothing is required', [], undefined],
  ['one of two', [requirement(2, 1)], { have: 1, need: 2 }],
  [
    'one too many for the one does nothing for the other',
    [requirement(1, 3), requirement(1, 0)],
    { have: 1, need: 2 },
  ],
  [
    'of two, one from a team: two of others are not yet two',
    [requirement(2, 2), team(1, 0)],
    { have: 1, need: 2 },
  ],
  ['one for both', [requirement(2, 2), team(1, 1)], { have: 2, need: 2 }],
])('%s', (_words, requirements, expected) => expect(of(...requirements)).toEqual(expected))

const verdict = (more: Partial<GivenReview>): GivenReview => ({
  who: 'm1',
  whoName: 'Noor',
  verdict: 'reject',
  at: '',
  note: '',
  difference: null,
  valid: true,
  ...more,
})
it.each([
  ['a rejection that counts', [verdict({})], 'Rejected'],
  ['one that is void', [verdict({ valid: false })], 'In review'],
  ['an approval', [verdict({ verdict: 'approve' })], 'In review'],
])('%s is told', (_words, reviews, word) =>
  expect(
    standing({ state: 'inReview', review: { requirements: [], reviews, reviewers: [], may: {} as never } })
      .word,
  ).toBe(word),
)

it('a reason becomes a sentence', () => {
  expect(whyNot({ allowed: false, why: 'it is applied' }, '')).toBe('It is applied.')
  expect(whyNot({ allowed: false }, 'Not now.')).toBe('Not now.')
})
