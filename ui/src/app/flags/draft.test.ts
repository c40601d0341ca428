import { describe, expect, it } from 'vitest'
import type { EditOp, Flag, Rule, Targeting } from '@/api/types'
import { applyToFlag, applyToTargeting, individuals, isNothing, ruleId, ruleRows } from './draft'

const rule = (id: string, variation = 0): Rule => ({
  id,
  variation,
  clauses: [{ attribute: 'country', op: 'in', values: [id] }],
})
const live: Targeting = {
  key: 'checkout-v2',
  on: true,
  offVariation: 1,
  fallthrough: { variation: 1 },
  rules: [rule('de'), rule('at'), rule('fr')],
  targets: [{ variation: 0, values: ['ada'] }],
}
const ids = (targeting: Targeting) => targeting.rules?.map(({ id }) => id).join(' ')

describe('edits of targeting', () => {
  it.each<[string, EditOp, Partial<Targeting>]>([
    ['setOn', { type: 'setOn', on: false }, { on: false }],
    ['setOffVariation', { type: 'setOffVariation', variation: 0 }, { offVariation: 0 }],
    [
      'setServe of everyone else',
      { type: 'setServe', serve: { variation: 0 } },
      { fallthrough: { variation: 0 } },
    ],
    [
      'setPrerequisites',
      { type: 'setPrerequisites', prerequisites: [{ key: 'a', variation: 0 }] },
      { prerequisites: [{ key: 'a', variation: 0 }] },
    ],
    [
      'setTargets replaces a list',
      { type: 'setTargets', variation: 0, values: ['bob'] },
      { targets: [{ variation: 0, values: ['bob'] }] },
    ],
    [
      'setTargets of nobody takes the list away',
      { type: 'setTargets', variation: 0, values: [] },
      { targets: [] },
    ],
    [
      'setTargets of another kind',
      { type: 'setTargets', contextKind: 'org', variation: 1, values: ['acme'] },
      { contextTargets: [{ contextKind: 'org', variation: 1, values: ['acme'] }] },
    ],
  ])('%s', (_name, op, expected) => expect(applyToTargeting(live, [op])).toEqual({ ...live, ...expected }))

  it('setOffVariation to null takes it away', () =>
    expect(applyToTargeting(live, [{ type: 'setOffVariation', variation: null }])).not.toHaveProperty(
      'offVariation',
    ))

  it.each<[string, EditOp[], string]>([
    ['added at its place', [{ type: 'addRule', rule: rule('us'), index: 1 }], 'de us at fr'],
    ['added at the end', [{ type: 'addRule', rule: rule('us') }], 'de at fr us'],
    ['added beyond the end', [{ type: 'addRule', rule: rule('us'), index: 9 }], 'de at fr us'],
    ['removed', [{ type: 'removeRule', rule: 'at' }], 'de fr'],
    ['moved up', [{ type: 'moveRule', rule: 'fr', index: 0 }], 'fr de at'],
    ['moved down', [{ type: 'moveRule', rule: 'de', index: 2 }], 'at fr de'],
    ['unknown, moved', [{ type: 'moveRule', rule: 'xx', index: 0 }], 'de at fr'],
  ])('a rule %s', (_name, ops, expected) => expect(ids(applyToTargeting(live, ops))).toBe(expected))

  it('a serve replaces the other form and leaves the rest of the rule', () => {
    const rollout = { variations: [{ variation: 0, weight: 100_000 }] }
    const next = applyToTargeting(live, [{ type: 'setServe', rule: 'de', serve: { rollout } }])
    expect(next.rules![0]).toEqual({ id: 'de', clauses: live.rules![0]!.clauses, rollout })
    expect(live.rules![0]).toEqual(rule('de'))
  })
})

describe('edits without effect', () => {
  it.each<[string, EditOp, boolean]>([
    ['the same state', { type: 'setOn', on: true }, true],
    ['another state', { type: 'setOn', on: false }, false],
    ['the same serve', { type: 'setServe', rule: 'de', serve: { variation: 0 } }, true],
    ['a move to where it is', { type: 'moveRule', rule: 'at', index: 1 }, true],
    ['the same keys', { type: 'setTargets', variation: 0, values: ['ada'] }, true],
  ])('%s', (_name, op, expected) => expect(isNothing(live, [], op)).toBe(expected))
})

describe('rows of rules', () => {
  const rows = (ops: EditOp[]) =>
    ruleRows(live, applyToTargeting(live, ops), ops).map(
      ({ rule: { id }, number, state, movedFrom }) =>
        `${number ?? '-'} ${id} ${state}${movedFrom === undefined ? '' : ` from ${movedFrom}`}`,
    )
  it.each<[string, EditOp[], string[]]>([
    ['as they are', [], ['1 de same', '2 at same', '3 fr same']],
    [
      'a removed rule stays in its place',
      [{ type: 'removeRule', rule: 'at' }],
      ['1 de same', '- at removed', '2 fr same'],
    ],
    [
      'the first removed stays first',
      [{ type: 'removeRule', rule: 'de' }],
      ['- de removed', '1 at same', '2 fr same'],
    ],
    [
      'added and edited',
      [
        { type: 'addRule', rule: rule('us'), index: 0 },
        { type: 'setServe', rule: 'fr', serve: { variation: 1 } },
      ],
      ['1 us added', '2 de same', '3 at same', '4 fr edited'],
    ],
    ['moved', [{ type: 'moveRule', rule: 'fr', index: 0 }], ['1 fr edited from 3', '2 de same', '3 at same']],
  ])('%s', (_name, ops, expected) => expect(rows(ops)).toEqual(expected))
})

it('individuals leave out lists without keys', () =>
  expect(
    individuals({
      ...live,
      targets: [
        { variation: 0, values: ['ada'] },
        { variation: 1, values: [] },
      ],
      contextTargets: [{ contextKind: 'org', variation: 1, values: ['acme'] }],
    }),
  ).toEqual([
    { contextKind: 'user', variation: 0, values: ['ada'] },
    { contextKind: 'org', variation: 1, values: ['acme'] },
  ]))

it.each([
  ['country is DE', 'country-is-de'],
  ['de', 'de-2'],
  ['…', 'rule'],
])('the id of a rule for %j is %j', (words, expected) => expect(ruleId(live.rules!, words)).toBe(expected))

describe('edits of a flag', () => {
  const flag: Flag = {
    key: 'checkout-v2',
    type: 'release',
    variations: [
      { id: 'new', value: true },
      { id: 'old', value: false },
    ],
    clientSideAvailability: { usingMobileKey: false, usingEnvironmentId: false },
  }
  it.each<[string, EditOp, Partial<Flag>]>([
    ['details', { type: 'setDetails', owner: 'Payments' }, { owner: 'Payments' }],
    ['another writer', { type: 'setManagedBy', writer: 'git' }, { managedBy: 'git' }],
    [
      'a variation more',
      { type: 'addVariation', variation: { id: 'mid', value: true } },
      { variations: [...flag.variations, { id: 'mid', value: true }] },
    ],
    [
      'a variation changed',
      { type: 'setVariation', variation: { id: 'old', value: true } },
      { variations: [flag.variations[0]!, { id: 'old', value: true }] },
    ],
    ['a variation less', { type: 'removeVariation', id: 'old' }, { variations: [flag.variations[0]!] }],
    ['what is not its own', { type: 'setOn', on: false }, {}],
  ])('%s', (_name, op, expected) => expect(applyToFlag(flag, [op])).toEqual({ ...flag, ...expected }))
})
