import { expect, it } from 'vitest'
import { parts, withNames } from './mentions'

const people = [
  { id: 'm-1', name: 'Ines' },
  { id: 'm-12', name: 'Ines Maier' },
  { id: 'm-3', name: 'Łukasz (Ops)' },
]

it.each([
  ['@Ines look', '@m-1 look'],
  ['@Ines Maier look', '@m-12 look'],
  ['ask @Łukasz (Ops), please', 'ask @m-3, please'],
  ['@Inessa and ines@example are not meant', '@Inessa and ines@example are not meant'],
])('%s is kept as %s', (typed, kept) => expect(withNames(typed, people)).toBe(kept))

it('names stand in the place of ids, and of no more', () =>
  expect(parts('@m-12 and @m-1, not @m-123', people)).toEqual([
    { text: 'Ines Maier', mention: true },
    { text: ' and ' },
    { text: 'Ines', mention: true },
    { text: ', not ' },
    { text: 'Ines Maier', mention: true },
    { text: '3' },
  ]))
