import type { Traffic } from '@/api/types'

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
const share = (part: number, of: number) => (of > 0 ? (part / of) * 100 : 0)

/**
 * Errors of the last two minutes against the rest of the window, in percent of requests. `above` only
 * when the difference is more than chance makes of it: three standard errors of a proportion, at least
 * one point, and at least five errors.
 */
export function errorsNow({ requests, errors, step }: Traffic) {
  const recent = Math.max(1, Math.round(120 / step))
  const [sample, failed] = [sum(requests.slice(-recent)), sum(errors.slice(-recent))]
  const [allBefore, failedBefore] = [sum(requests.slice(0, -recent)), sum(errors.slice(0, -recent))]
  const now = share(failed, sample)
  const before = share(failedBefore, allBefore)
  const p = Math.max(before / 100, 1 / Math.max(1, allBefore))
  const chance = sample > 0 ? 300 * Math.sqrt((p * (1 - p)) / sample) : Number.POSITIVE_INFINITY
  return {
    now,
    before,
    sample,
    seconds: recent * step,
    above: allBefore > 0 && failed >= 5 && now - before > Math.max(1, chance),
  }
}
