import type { ArmTraffic, EditOp, Route, Split } from '@/api/types'
import { withWriter } from '../resources/writer'

/** The route as the member's change makes it. */
export function applyToRoute(live: Route, ops: readonly EditOp[]): Route {
  return ops.reduce(step, live)
}

function step(route: Route, op: EditOp): Route {
  const { split } = route
  switch (op.type) {
    case 'setManagedBy':
      return withWriter(route, op.writer)
    case 'setDetails': {
      const { type: _type, ...details } = op
      return { ...route, ...details }
    }
    case 'setMatch':
      return { ...route, match: op.match }
    case 'setSplit':
      return { ...route, split: op.split }
    case 'setWeights':
      return split.by === 'weight'
        ? {
            ...route,
            split: {
              ...split,
              arms: split.arms.map((arm) => ({ ...arm, weight: op.weights[arm.id] ?? arm.weight })),
            },
          }
        : route
    case 'setArm': {
      const change = <Arm extends Split['arms'][number]>(arm: Arm): Arm => {
        const { fallback: _old, ...rest } = arm
        return { ...rest, action: op.action, ...(op.fallback ? { fallback: op.fallback } : {}) } as Arm
      }
      return split.by === 'weight'
        ? {
            ...route,
            split: { ...split, arms: split.arms.map((arm) => (arm.id === op.arm ? change(arm) : arm)) },
          }
        : {
            ...route,
            split: {
              ...split,
              arms: split.arms.map((arm) => (arm.variation === op.arm ? change(arm) : arm)),
            },
          }
    }
    default:
      return route
  }
}

export const armId = (arm: Split['arms'][number]): string => ('id' in arm ? arm.id : arm.variation)

/** The arm that answers most now, where all start when a flag's split becomes one by weight; the last at rest. */
export function mostServed(
  split: Split,
  served: readonly Pick<ArmTraffic, 'arm' | 'sharePercent'>[],
): string {
  const ids = split.arms.map(armId)
  const busiest = served
    .filter((each) => ids.includes(each.arm) && each.sharePercent > 0)
    .toSorted((a, b) => b.sharePercent - a.sharePercent)[0]
  return busiest?.arm ?? ids.at(-1)!
}

/** The same arms by weight, everything on `all`, divided on what the flag was divided on. */
export function toWeights(split: Split, all: string, on: { contextKind: string; bucketBy: string }): Split {
  if (split.by === 'weight') return split
  return {
    by: 'weight',
    ...on,
    arms: split.arms.map(({ variation, action, fallback }) => ({
      id: variation,
      weight: variation === all ? 100_000 : 0,
      action,
      ...(fallback ? { fallback } : {}),
    })),
  }
}
