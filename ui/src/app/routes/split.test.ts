import { describe, expect, it } from 'vitest'
import type { ArmAction, EditOp, Route, Split } from '@/api/types'
import { applyToRoute, mostServed, toWeights } from './split'
import { readPath, splitPath, words } from './words'

const to = (subset: string): ArmAction => ({ type: 'service', service: 'checkout', subset })
const byFlag: Split = {
  by: 'flag',
  flag: 'checkout-v2',
  arms: [
    { variation: 'new', action: to('v2'), fallback: 'old' },
    { variation: 'old', action: to('v1') },
  ],
}
const byWeight: Split = {
  by: 'weight',
  contextKind: 'customer',
  bucketBy: 'key',
  arms: [
    { id: 'a', weight: 10_000, action: to('v2'), fallback: 'b' },
    { id: 'b', weight: 90_000, action: to('v1') },
  ],
}
const route = (split: Split): Route => ({ key: 'checkout', listener: 'public', match: {}, split })

describe('edits of a route', () => {
  it.each<[string, Split, EditOp, unknown]>([
    ['weights', byWeight, { type: 'setWeights', weights: { a: 30_000, b: 70_000 } }, [30_000, 70_000]],
    ['some weights', byWeight, { type: 'setWeights', weights: { a: 30_000 } }, [30_000, 90_000]],
    ['weights of a flag’s arms', byFlag, { type: 'setWeights', weights: { new: 1 } }, [undefined, undefined]],
  ])('%s', (_name, split, op, expected) =>
    expect(
      applyToRoute(route(split), [op]).split.arms.map((arm) => ('weight' in arm ? arm.weight : undefined)),
    ).toEqual(expected),
  )

  it.each([byWeight, byFlag])('an arm without fallback has none left, by $by', (split) => {
    const arm = split.by === 'weight' ? 'a' : 'new'
    const [first, second] = applyToRoute(route(split), [{ type: 'setArm', arm, action: to('v3') }]).split.arms
    expect(first).toMatchObject({ action: to('v3') })
    expect(first).not.toHaveProperty('fallback')
    expect(second).toEqual(split.arms[1])
  })

  it('match and split are replaced', () => {
    const next = applyToRoute(route(byFlag), [
      { type: 'setMatch', match: { hosts: ['shop.example'] } },
      { type: 'setSplit', split: byWeight },
    ])
    expect(next).toEqual({ ...route(byWeight), match: { hosts: ['shop.example'] } })
  })
})

describe('from a flag back to weights', () => {
  it.each([
    [[], 'old'],
    [
      [
        { arm: 'new', sharePercent: 60 },
        { arm: 'old', sharePercent: 40 },
      ],
      'new',
    ],
    [[{ arm: 'new', sharePercent: 0 }], 'old'],
    [[{ arm: 'gone', sharePercent: 90 }], 'old'],
  ])('with %j served, all start on %s', (served, expected) =>
    expect(mostServed(byFlag, served)).toBe(expected),
  )

  it('keeps what people are divided on, actions and fallbacks', () =>
    expect(toWeights(byFlag, 'new', { contextKind: 'customer', bucketBy: 'tenant' })).toEqual({
      by: 'weight',
      contextKind: 'customer',
      bucketBy: 'tenant',
      arms: [
        { id: 'new', weight: 100_000, action: to('v2'), fallback: 'old' },
        { id: 'old', weight: 0, action: to('v1') },
      ],
    }))

  it('leaves weights as they are', () =>
    expect(toWeights(byWeight, 'a', { contextKind: 'user', bucketBy: 'key' })).toBe(byWeight))
})

it.each([{ prefix: '/a' }, { exact: '/a' }, { template: '/a/{id}' }, undefined])(
  'the path %j is read as it was written',
  (path) => expect(readPath(...splitPath(path))).toEqual(path),
)

it('methods are told apart by commas and blanks, each once', () =>
  expect(words(' GET, POST GET ')).toEqual(['GET', 'POST']))
