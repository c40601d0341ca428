import type { Flag, Share, Targeting, Variation } from '@/api/types'
import { type Part, percent, SplitBar } from '@/ui/SplitBar'
import { State, Swatch } from '@/ui/State'
import { canaryShare, offIndex, variationTone } from './rollout'

type Named = Pick<Flag, 'type' | 'variations'>

/** A release whose new way is served to some: what is hatched everywhere. */
export const isPartial = (flag: Named, served: readonly Share[]): boolean =>
  flag.type === 'release' && served.filter((share) => share.percent > 0).length > 1

export function VariationName({ flag, index, canary }: { flag: Named; index: number; canary: boolean }) {
  return (
    <Swatch tone={variationTone(flag, index, canary)}>
      {flag.variations[index]?.id ?? `variation ${index}`}
    </Swatch>
  )
}

/** On, off or canary: from what is served, where the rules are not at hand. */
export function OnState({
  on,
  flag,
  served,
  pill,
}: {
  on: boolean
  flag: Named
  served: readonly Share[]
  pill?: boolean
}) {
  if (!on)
    return (
      <State kind="off" {...(pill ? { pill } : {})}>
        Off
      </State>
    )
  return isPartial(flag, served) ? (
    <State kind="canary" {...(pill ? { pill } : {})}>
      Canary
    </State>
  ) : (
    <State kind="on" {...(pill ? { pill } : {})}>
      On
    </State>
  )
}

/** The same from the rules: a two-way rollout of everyone else is named with its percentage. */
export function TargetingState({ flag, targeting }: { flag: Named; targeting: Targeting }) {
  if (!targeting.on)
    return (
      <State kind="off" pill>
        Off
      </State>
    )
  const share = canaryShare(targeting.fallthrough)
  return share && flag.type === 'release' ? (
    <State kind="canary" pill>
      Canary {percent(share.weight / 1000)}
    </State>
  ) : (
    <State kind="on" pill>
      On
    </State>
  )
}

export function servedParts(flag: Named, served: readonly Share[]): Part[] {
  const canary = isPartial(flag, served)
  return flag.variations.flatMap((variation, i) => {
    const share = served.find((each) => each.variation === variation.id)
    return share && share.percent > 0
      ? [{ id: variation.id, percent: share.percent, tone: variationTone(flag, i, canary) }]
      : []
  })
}

const digits = (value: number) => (value > 0 && value < 1 ? '<1' : String(Number(value.toFixed(1))))

/** "14.8 % new", "40 / 35 / 25", "100 % on": the first way's share, or all of an experiment's. */
export function shareWords(flag: Named, served: readonly Share[]): string {
  if (served.length === 0) return 'not asked for'
  const of = (variation: Variation) => served.find((each) => each.variation === variation.id)?.percent ?? 0
  const off = offIndex(flag)
  if (off < 0 && served.length > 1) return flag.variations.map((each) => digits(of(each))).join(' / ')
  const only =
    served.length === 1 ? flag.variations.find((each) => each.id === served[0]!.variation) : undefined
  const shown = only && only !== flag.variations[off] ? only : flag.variations.find((_, i) => i !== off)
  return shown ? `${digits(of(shown))} % ${shown.id}` : ''
}

export function ServedBar({
  flag,
  served,
  size,
}: {
  flag: Named
  served: readonly Share[]
  size?: 's' | 'l'
}) {
  const parts = servedParts(flag, served)
  const label = parts.length
    ? `Served: ${parts.map((part) => `${part.id} ${percent(part.percent)}`).join(', ')}`
    : 'Nothing was asked for'
  return <SplitBar parts={parts} label={label} {...(size ? { size } : {})} />
}
