import { describe, expect, it } from 'vitest'
import { moveEdge } from '@/ui/DragBar'
import {
  canaryShare,
  equalShares,
  isDivided,
  offIndex,
  parseShare,
  setShare,
  sharesOf,
  shareText,
  toRollout,
  variationTone,
  withoutShare,
  withWeights,
} from './rollout'

describe('a share as typed', () => {
  it.each([
    ['12.5', 12_500],
    ['12,5 %', 12_500],
    [' 0 ', 0],
    ['100%', 100_000],
    ['0.001', 1],
    ['100.001', undefined],
    ['250', undefined],
    ['-1', undefined],
    ['', undefined],
    ['ten', undefined],
    ['1.2345', undefined],
  ])('%j is %j', (text, weight) => expect(parseShare(text)).toBe(weight))

  it.each([0, 1, 333, 12_500, 99_999, 100_000])('%i is read again as it was written', (weight) =>
    expect(parseShare(shareText(weight))).toBe(weight),
  )
})

describe('one share set, the others keep their proportions', () => {
  it.each([
    [[10_000, 90_000], 0, 25_000, [25_000, 75_000]],
    [[50_000, 30_000, 20_000], 0, 0, [0, 60_000, 40_000]],
    [[100_000, 0, 0], 0, 40_000, [40_000, 30_000, 30_000]],
    [[33_333, 33_333, 33_334], 2, 1, [50_000, 49_999, 1]],
    [[10_000, 90_000], 0, 200_000, [100_000, 0]],
    [[10_000, 90_000], 0, -5, [0, 100_000]],
  ])('%j, share %i to %i', (weights, index, weight, expected) =>
    expect(setShare(weights, index, weight)).toEqual(expected),
  )

  it.each([1, 2, 3, 7, 11])('%i equal shares add up', (count) => {
    const shares = equalShares(count)
    expect(shares.reduce((sum, each) => sum + each, 0)).toBe(100_000)
    expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1)
  })

  it('a share left out goes to the others', () =>
    expect(withoutShare([20_000, 40_000, 40_000], 0)).toEqual([50_000, 50_000]))
})

describe('an edge moved between shares', () => {
  const of = (...weights: number[]) => weights.map((weight) => ({ weight }))
  it.each([
    ['right', of(10, 90_000, 9_990), 0, 20_000, [20_000, 70_010, 9_990]],
    ['beyond its right neighbour', of(10_000, 20_000, 70_000), 0, 90_000, [30_000, 0, 70_000]],
    ['beyond its left neighbour', of(10_000, 20_000, 70_000), 1, 0, [10_000, 0, 90_000]],
  ])('%s', (_way, shares, at, edge, expected) =>
    expect(moveEdge(shares, at, edge).map(({ weight }) => weight)).toEqual(expected),
  )
})

describe('serves', () => {
  const rollout = {
    seed: 7,
    contextKind: 'customer',
    variations: [
      { variation: 0, weight: 10_000 },
      { variation: 1, weight: 90_000 },
    ],
  }
  it('keeps seed and kind when weights change', () =>
    expect(withWeights(rollout, [25_000, 75_000]).rollout).toMatchObject({
      seed: 7,
      contextKind: 'customer',
      variations: [{ weight: 25_000 }, { weight: 75_000 }],
    }))

  it.each([
    [{ variation: 2 }, [{ variation: 2, weight: 100_000 }]],
    [{ rollout }, rollout.variations],
    [{}, []],
  ])('shares of %j', (serve, expected) => expect(sharesOf(serve)).toEqual(expected))

  it.each([
    [0, 2, [100_000, 0]],
    [1, 2, [0, 100_000]],
    [1, 3, [0, 100_000]],
  ])('a first rollout from variation %i of %i moves nobody', (variation, count, weights) =>
    expect(toRollout({ variation }, count, 'user').rollout!.variations.map((each) => each.weight)).toEqual(
      weights,
    ),
  )

  it.each([
    [{ rollout }, { variation: 0, weight: 10_000 }],
    [{ variation: 0 }, undefined],
    [withWeights(rollout, [0, 100_000]), undefined],
  ])('the canary of %j', (serve, expected) => expect(canaryShare(serve)).toEqual(expected))
})

describe('how variations are drawn', () => {
  const flag = (type: 'release' | 'experiment', ...values: (boolean | string)[]) => ({
    type,
    variations: values.map((value) => ({ id: String(value), value })),
  })
  it.each([
    [flag('release', true, false), 1, ['canary', 'off']],
    [flag('release', false, true), 0, ['off', 'canary']],
    [flag('release', 'new', 'mid', 'old'), 2, ['canary', 'on2', 'off']],
    [flag('experiment', 'a', 'b', 'c'), -1, ['on', 'on2', 'on3']],
    [flag('release', true), -1, ['canary']],
  ])('%j', (given, off, tones) => {
    expect(offIndex(given)).toBe(off)
    expect(given.variations.map((_, i) => variationTone(given, i, true))).toEqual(tones)
  })
})

describe('a release is divided where somebody gets something else', () => {
  const all = { key: 'f', on: true, fallthrough: { variation: 0 } }
  const rest = {
    rollout: {
      variations: [
        { variation: 0, weight: 100_000 },
        { variation: 1, weight: 0 },
      ],
    },
  }
  it.each([
    ['all', all, false],
    ['all by a rollout', { ...all, fallthrough: rest }, false],
    ['a rule for the same', { ...all, rules: [{ id: 'r', clauses: [], variation: 0 }] }, false],
    ['a rule', { ...all, rules: [{ id: 'r', clauses: [], variation: 1 }] }, true],
    ['a key', { ...all, targets: [{ variation: 1, values: ['ann'] }] }, true],
    ['no key', { ...all, contextTargets: [{ contextKind: 'org', variation: 1, values: [] }] }, false],
  ])('%s', (_, targeting, divided) => {
    expect(isDivided({ type: 'release' }, targeting)).toBe(divided)
    expect(isDivided({ type: 'experiment' }, targeting)).toBe(false)
  })
})
