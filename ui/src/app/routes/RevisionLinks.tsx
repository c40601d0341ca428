import { useQuery } from '@tanstack/react-query'
import { lastRevisionsQuery } from '@/api/queries'
import { RevisionRows } from '@/app/flags/RevisionRows'
import { useScope } from '@/scope'
import { Card } from '@/ui/Card'

/** The last revisions that touched a route. */
export function RevisionLinks({ route }: { route: string }) {
  const { project, environment } = useScope()
  const { data } = useQuery(
    lastRevisionsQuery(project.key, { environment: environment.key, kind: 'route', key: route }, 4),
  )
  if (!data || data.items.length === 0) return null
  return (
    <Card flush title="Activity" className="narrow-rows">
      <RevisionRows
        revisions={data.items}
        own={(target) => target.kind === 'route' && target.key === route}
      />
    </Card>
  )
}
