import { describe, expect, it } from 'vitest'
import type { FlagImpact } from '@/api/types'
import { byAttribute, counted, headline } from './words'

const got = (variation: number) => ({ variation, label: ['new', 'old', 'third'][variation]! })
const flag = (moves: FlagImpact['moves'], more: Partial<FlagImpact> = {}): FlagImpact => ({
  flag: 'checkout-v2',
  name: '',
  asked: 1000,
  moved: moves.reduce((sum, each) => sum + each.contexts, 0),
  moves,
  by: [],
  examples: [],
  ...more,
})

describe('headline', () => {
  it('is nothing where nobody moves', () => expect(headline(flag([]))).toBeUndefined())
  it('counts those who go to the same place together, and those who come back', () =>
    expect(
      headline(
        flag([
          { from: got(1), to: got(0), contexts: 181 },
          { from: null, to: got(0), contexts: 4 },
          { from: got(0), to: got(1), contexts: 3 },
          { from: got(2), to: got(1), contexts: 2 },
        ]),
      ),
    ).toEqual({ to: 'new', moved: 185, back: 3, others: 2 }))
  it('names what a caller falls back to', () =>
    expect(headline(flag([{ from: got(0), to: null, contexts: 1 }]))?.to).toBe("the caller's default"))
})

describe('byAttribute', () => {
  const by = ['DE', 'AT', 'FR', 'NL', 'SE', 'IT'].map((value, i) => ({
    contextKind: 'user',
    attribute: 'country',
    value,
    contexts: 10 - i,
  }))
  it('puts the rest together', () =>
    expect(byAttribute(by)[0]!.values.at(-1)).toEqual({ value: 'other', contexts: 11 }))
  it('puts the most telling attribute first', () =>
    expect(
      byAttribute([...by, { contextKind: 'user', attribute: 'plan', value: null, contexts: 40 }]).map(
        ({ attribute }) => attribute,
      ),
    ).toEqual(['plan', 'country']))
})

it('counts what the examples are', () => {
  const example = (contextKind: string) => ({
    key: 'a',
    contextKind,
    attributes: {},
    from: null,
    to: null,
    why: '',
    whyBefore: '',
  })
  expect(counted(flag([], { examples: [example('user'), example('user')] }))).toBe('users')
  expect(counted(flag([], { examples: [example('user'), example('org')] }))).toBe('contexts')
})
