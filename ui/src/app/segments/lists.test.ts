import { describe, expect, it } from 'vitest'
import type { Segment } from '@/api/types'
import { keyCount, keysOf, listedKinds, withKeys } from './lists'

const segment: Segment = {
  key: 'staff',
  included: ['a', 'b'],
  excludedContexts: [{ contextKind: 'org', values: ['o1'] }],
}

describe('a segment’s lists', () => {
  it('are counted over all kinds', () => {
    expect(keyCount(segment, 'included')).toBe(2)
    expect(keyCount(segment, 'excluded')).toBe(1)
    expect(listedKinds(segment)).toEqual(['user', 'org'])
  })
  it.each([
    ['included', 'user', ['c']],
    ['excluded', 'user', ['c']],
    ['included', 'org', ['o2']],
    ['excluded', 'org', ['o2', 'o3']],
  ] as const)('%s of %s are replaced, and nothing else', (list, kind, values) => {
    const next = withKeys(segment, list, kind, [...values])
    expect(keysOf(next, list, kind)).toEqual(values)
    expect(withKeys(next, list, kind, [...keysOf(segment, list, kind)])).toEqual(segment)
  })
  it('are left away where empty', () => {
    expect(withKeys(withKeys(segment, 'included', 'user', []), 'excluded', 'org', [])).toEqual({
      key: 'staff',
    })
  })
})
