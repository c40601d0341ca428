import { expect, test } from 'vitest'
import { place } from './place'

test('a place is found by line and column', () => {
  const text = 'permit\n  (é😀x)\n'
  for (const [line, column, at] of [
    [1, 1, 0],
    [1, 7, 6],
    [2, 1, 7],
    [2, 3, 9],
    [2, 6, 13],
    [3, 1, 16],
    [9, 1, 17],
  ] as const)
    expect(place(text, line, column)).toBe(at)
})
