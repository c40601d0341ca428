import type { Flag, Rollout, Serve, Targeting } from '@/api/types'
import type { Tone } from '@/ui/State'

/** Weights count in 100,000ths. */
export const whole = 100_000

/** "12.5", "12,5 %" as a weight, or undefined where it is no share. */
export function parseShare(text: string): number | undefined {
  const match = /^\s*(\d{1,3}(?:[.,]\d{1,3})?)\s*%?\s*$/.exec(text)
  const weight = match ? Math.round(Number(match[1]!.replace(',', '.')) * 1000) : Number.NaN
  return weight <= whole ? weight : undefined
}

export const shareText = (weight: number): string => String(Number((weight / 1000).toFixed(3)))

/**
 * `weights` with the one at `index` set; the others share the rest as they shared it before, to the
 * last 100,000th.
 */
export function setShare(weights: readonly number[], index: number, weight: number): number[] {
  const value = Math.min(whole, Math.max(0, Math.round(weight)))
  const rest = whole - value
  const others = weights.reduce((sum, each, i) => (i === index ? sum : sum + each), 0)
  const exact = weights.map((each, i) =>
    i === index ? value : others > 0 ? (each / others) * rest : rest / Math.max(1, weights.length - 1),
  )
  return round(exact, index)
}

/** Whole numbers that add up: what is left over goes to the largest remainders, never to `fixed`. */
function round(exact: number[], fixed: number): number[] {
  const floors = exact.map(Math.floor)
  let left = whole - floors.reduce((sum, each) => sum + each, 0)
  const order = exact
    .map((value, i) => ({ i, part: value - Math.floor(value) }))
    .filter(({ i }) => i !== fixed)
    .sort((a, b) => b.part - a.part)
  for (const { i } of order) {
    if (left <= 0) break
    floors[i]! += 1
    left -= 1
  }
  return floors
}

export const equalShares = (count: number): number[] =>
  round(
    Array.from({ length: count }, () => whole / count),
    -1,
  )

/** One more share: the new one starts at nothing, so that nobody moves. Fewer: the others take it over. */
export const withoutShare = (weights: readonly number[], index: number): number[] =>
  setShare(weights, index, 0).filter((_, i) => i !== index)

/** The shares of a serve, by variation: one of everything for a single variation. */
export const sharesOf = (serve: Serve): { variation: number; weight: number }[] =>
  serve.variation !== undefined
    ? [{ variation: serve.variation, weight: whole }]
    : (serve.rollout?.variations.map(({ variation, weight }) => ({ variation, weight })) ?? [])

/** A release that serves more than one variation to somebody: what is hatched in its rules. */
export function isDivided(flag: Pick<Flag, 'type'>, targeting: Targeting): boolean {
  const shares = [targeting.fallthrough, ...(targeting.rules ?? [])]
    .flatMap(sharesOf)
    .filter(({ weight }) => weight > 0)
  const singles = [...(targeting.targets ?? []), ...(targeting.contextTargets ?? [])].filter(
    ({ values }) => values.length > 0,
  )
  return (
    flag.type === 'release' && new Set([...shares, ...singles].map(({ variation }) => variation)).size > 1
  )
}

/** The same rollout (seed, kind, what it is split on) with other weights. */
export const withWeights = (rollout: Rollout, weights: readonly number[]): Serve => ({
  rollout: {
    ...rollout,
    variations: rollout.variations.map((each, i) => ({ ...each, weight: weights[i] ?? 0 })),
  },
})

/** A first rollout from a single variation: it keeps everything, its neighbour starts at nothing. */
export function toRollout(serve: Serve, count: number, contextKind: string): Serve {
  if (serve.rollout) return { rollout: serve.rollout }
  const from = serve.variation ?? 0
  const other = from === 0 ? Math.min(1, count - 1) : 0
  return {
    rollout: {
      contextKind,
      bucketBy: 'key',
      variations: [from, other]
        .sort((a, b) => a - b)
        .map((variation) => ({ variation, weight: variation === from ? whole : 0 })),
    },
  }
}

/** The two-way rollout of everyone else that a percentage can stand for, as the share of its first. */
export function canaryShare(serve: Serve): { variation: number; weight: number } | undefined {
  const shares = sharesOf(serve)
  const first = shares[0]
  return shares.length === 2 && first && first.weight > 0 && first.weight < whole ? first : undefined
}

type Named = Pick<Flag, 'type' | 'variations'>

/** The variation that stands for "as before": `false`, else the last; an experiment has none. */
export function offIndex({ type, variations }: Named): number {
  if (type === 'experiment' || variations.length < 2) return -1
  const no = variations.findIndex((each) => each.value === false)
  return no < 0 ? variations.length - 1 : no
}

/** How a variation is drawn everywhere: hollow for the old way, hatch for a release under way, else solids. */
export function variationTone(flag: Named, index: number, canary: boolean): Exclude<Tone, 'edited'> {
  const off = offIndex(flag)
  if (index === off || index < 0) return 'off'
  const nth = index - (off >= 0 && off < index ? 1 : 0)
  if (flag.type === 'release' && canary && nth === 0) return 'canary'
  return (['on', 'on2', 'on3'] as const)[nth % 3]!
}
