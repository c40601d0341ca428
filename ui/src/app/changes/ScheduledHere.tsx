import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { Kind } from '@/api/types'
import { useAsOf, useScope } from '@/scope'
import { Shape } from '@/ui/State'
import { waitingQuery } from './queries'
import './scheduledhere.css'

/** What waits for its time and edits this; nothing where nothing does. */
export function ScheduledHere({ kinds, name }: { kinds: readonly Kind[]; name: string }) {
  const { project, environment } = useScope()
  const then = useAsOf()
  const { data } = useQuery(waitingQuery(project.key))
  const here = (data ?? []).filter((each) =>
    each.touches.some(
      (id) =>
        id.key === name &&
        kinds.includes(id.kind) &&
        (id.environment === undefined || id.environment === environment.key),
    ),
  )
  if (then !== undefined || here.length === 0) return null
  return (
    <ul className="scheduled-here" aria-label="Scheduled">
      {here.map((each) => (
        <li key={each.change} className="row start s">
          <Shape kind="waiting" />
          <span>
            <Link
              to="/p/$project/$environment/changes/$number"
              params={{ project: project.key, environment: environment.key, number: String(each.change) }}
            >
              C-{each.change} {each.title}
            </Link>{' '}
            {each.sentence}
          </span>
        </li>
      ))}
    </ul>
  )
}
