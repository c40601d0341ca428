import { describe, expect, it } from 'vitest'
import type { Traffic } from '@/api/types'
import { errorsNow } from './errors'

const minutes = (before: [number, number], now: [number, number]): Traffic => ({
  from: '2026-11-23T09:00:00Z',
  step: 60,
  p95Ms: [],
  evaluations: [],
  revisions: [],
  now: { requestsPerSecond: 0, errorPercent: 0, evaluationsPerSecond: 0 },
  requests: [...Array(13).fill(before[0]), now[0], now[0]],
  errors: [...Array(13).fill(before[1]), now[1], now[1]],
})

describe('errorsNow', () => {
  it.each([
    ['the same as before', minutes([1200, 5], [1200, 6]), false],
    ['many more', minutes([1200, 5], [1200, 60]), true],
    ['too few to say', minutes([10, 0], [10, 1]), false],
    ['nothing before', minutes([0, 0], [100, 50]), false],
    ['no traffic at all', minutes([0, 0], [0, 0]), false],
    ['high, as it was', minutes([1000, 200], [1000, 205]), false],
  ])('%s', (_name, traffic, above) => expect(errorsNow(traffic).above).toBe(above))
})
