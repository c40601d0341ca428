import { useQuery } from '@tanstack/react-query'
import { useConnection } from '@/api/events'
import { nodesQuery } from '@/api/queries'
import { useScope } from '@/scope'
import { Shape } from '@/ui/State'

/** The revision that data planes act on, by count; never more than they have said. */
export function Live() {
  const { project, environment } = useScope()
  const { data } = useQuery(nodesQuery(project.key, environment.key))
  const connection = useConnection()
  if (connection === 'lost') {
    return (
      <span className="live lost" role="status">
        <Shape kind="warn" />
        <span className="desk">Offline: data planes continue on </span>
        <b>r{data?.revision ?? project.head}</b>
      </span>
    )
  }
  if (!data) return <span className="live">r{project.head}</span>
  const nodes = data.nodes.filter((node) => node.state !== 'gone')
  const current = nodes.filter(
    (node) => node.revision >= data.revision && node.state === 'acknowledged',
  ).length
  const refused = nodes.some((node) => node.state === 'refused')
  const all = current === nodes.length
  return (
    <span className="live" title={`${current} of ${nodes.length} data planes act on r${data.revision}`}>
      <span className={`st ${refused ? 'blocked' : all ? 'on' : 'canary'}`}>
        <Shape kind={refused ? 'blocked' : all ? 'on' : 'waiting'} size={9} />
      </span>
      <span>
        <b>r{data.revision}</b> on {current}/{nodes.length}
      </span>
    </span>
  )
}
