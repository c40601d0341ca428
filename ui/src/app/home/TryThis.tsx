import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { api, path } from '@/api/client'
import { key, lastRevisionsQuery } from '@/api/queries'
import type { FlagSummary, Page, RouteSummary } from '@/api/types'
import { useScope } from '@/scope'
import { IconButton } from '@/ui/Button'
import { Card } from '@/ui/Card'

const storage = 'switchyard.tried'

/** Three things to do on a fresh demo, each one click away; shown until closed or until much has changed. */
export function TryThis() {
  const { project, environment } = useScope()
  const [closed, setClosed] = useState(() => localStorage.getItem(storage) === project.key)
  const scope = path`/projects/${project.key}/environments/${environment.key}`
  const flags = useQuery({
    queryKey: key(project.key, 'flags', environment.key, 'try'),
    queryFn: ({ signal }) =>
      api<Page<FlagSummary>>('GET', `${scope}/flags`, { params: { limit: 1 }, signal }),
    enabled: !closed,
  })
  const routes = useQuery({
    queryKey: key(project.key, 'routes', environment.key, 'try'),
    queryFn: ({ signal }) =>
      api<Page<RouteSummary>>('GET', `${scope}/routes`, { params: { limit: 20 }, signal }),
    enabled: !closed,
  })
  const revisions = useQuery({ ...lastRevisionsQuery(project.key), enabled: !closed })
  const route = routes.data?.items.find((each) => each.by === 'weight' && each.arms.length > 1)
  const byFlag = routes.data?.items.find((each) => each.by === 'flag')?.flag
  const flag = byFlag ?? flags.data?.items[0]?.key
  const last = revisions.data?.items[0]
  if (closed || !flag || !route || !last) return null
  const params = { project: project.key, environment: environment.key }
  const close = () => {
    localStorage.setItem(storage, project.key)
    setClosed(true)
  }
  return (
    <Card title="Try this" flush more={<IconButton icon="close" label="Close “Try this”" onClick={close} />}>
      <ol className="try">
        <li>
          <Link to="/p/$project/$environment/flags/$flag" params={{ ...params, flag }}>
            <b>Move people to something new</b>
            <span className="s t2">
              Drag the percentage of <code>{flag}</code>, apply, and watch what is served follow.
            </span>
          </Link>
        </li>
        <li>
          <Link to="/p/$project/$environment/routes/$route" params={{ ...params, route: route.key }}>
            <b>Shift real traffic</b>
            <span className="s t2">
              Drag the split of <code>{route.key}</code>; the gateway follows with its next request.
            </span>
          </Link>
        </li>
        <li>
          <Link to="/p/$project/$environment/history" params={params} search={{ r: last.number }}>
            <b>Take it back</b>
            <span className="s t2">
              Open the last revision and press R: the inverse, in words, before it happens.
            </span>
          </Link>
        </li>
      </ol>
    </Card>
  )
}
