import { useQuery } from '@tanstack/react-query'
import { api, path } from '@/api/client'
import { key } from '@/api/queries'
import type { Edit, Environment, LeftOut, Manifest, ResourceId, UpstreamView } from '@/api/types'
import { refusal, useScope } from '@/scope'
import { sameTarget } from '@/shell/tray/merge'
import { useTray } from '@/shell/tray/useTray'

/** Hands what somebody else writes to LaunchDarkly, as edits of one's change. */
export function useHandOver(environment: Environment, view: UpstreamView) {
  const { project, can, member } = useScope()
  const tray = useTray()
  const taken = view.seen?.leftOut.some((left) => left.taken) ?? false
  // A flag may be here without being aimed in this environment: what is not there can't be handed over.
  const { data: there } = useQuery({
    queryKey: key(project.key, 'upstream', environment.key, 'export'),
    queryFn: ({ signal }) =>
      api<Manifest[]>(
        'GET',
        `${path`/projects/${project.key}/export`}?environment=${encodeURIComponent(environment.key)}`,
        { signal },
      ),
    enabled: taken,
  })
  const targets = ({ kind, key }: LeftOut): ResourceId[] => {
    const all: ResourceId[] =
      kind === 'segment'
        ? [{ environment: environment.key, kind, key }]
        : [
            { kind: 'flag', key },
            { environment: environment.key, kind: 'targeting', key },
          ]
    return all.filter((target) => there?.some((each) => each.kind === target.kind && each.key === target.key))
  }
  const edit = (target: ResourceId): Edit => ({
    target,
    op: { type: 'setManagedBy', writer: 'launchdarkly' },
  })
  const mine = (target: ResourceId) =>
    tray.edits.some((each) => sameTarget(each.target, target) && each.op.type === 'setManagedBy')
  return {
    refused: can('editFlags') ? undefined : refusal('editFlags', member),
    handed: (left: LeftOut) => {
      const own = targets(left)
      return own.length > 0 && own.every(mine)
    },
    handOver: (all: LeftOut[]) => {
      const fresh = all.flatMap(targets).filter((target) => !mine(target))
      tray.setEdits([...tray.edits, ...fresh.map(edit)])
    },
  }
}
