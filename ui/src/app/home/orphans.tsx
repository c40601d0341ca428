import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useScope } from '@/scope'
import { count } from '@/ui/time'
import { ownersQuery } from '../people/people'
import type { Need } from './Needs'

/** What has nobody who can answer for it: for admins, who let people go. */
export function useOrphans(): Need[] {
  const { project, environment, can } = useScope()
  const owners = useQuery({ ...ownersQuery(project.key), enabled: can('administer') })
  const lost = owners.data?.filter((each) => each.why) ?? []
  if (lost.length === 0) return []
  const all = lost.reduce((sum, each) => sum + each.count, 0)
  return [
    {
      id: 'orphans',
      kind: 'warn',
      lead: 'Owners:',
      title: `${count(all, 'resource')} ${all === 1 ? 'has' : 'have'} nobody who can answer for ${all === 1 ? 'it' : 'them'}`,
      sub: lost
        .slice(0, 3)
        .map((each) => `${each.owner === undefined ? 'No owner' : each.name}: ${each.count}`)
        .join(' · '),
      action: (
        <Link
          className="btn plain sm"
          to="/p/$project/$environment/settings"
          params={{ project: project.key, environment: environment.key }}
        >
          Hand over
        </Link>
      ),
    },
  ]
}
