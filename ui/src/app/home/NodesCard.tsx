import type { Node, Nodes } from '@/api/types'
import { Card } from '@/ui/Card'
import { EmptyState } from '@/ui/Feedback'
import { State, type StateKind } from '@/ui/State'
import { ago, count, time } from '@/ui/time'

const states: Record<Node['state'], [StateKind, string]> = {
  acknowledged: ['on', 'acts on it'],
  sent: ['waiting', 'sent'],
  refused: ['blocked', 'refused'],
  behind: ['warn', 'behind'],
  gone: ['off', 'gone'],
}

/** Who acts on which revision, as they said themselves. */
export function NodesCard({ nodes }: { nodes: Nodes }) {
  return (
    <Card
      title="Data planes"
      flush
      more={<span className="num">{count(nodes.streams, 'SDK stream')} connected</span>}
    >
      {nodes.nodes.length === 0 && (
        <EmptyState title="No data plane has connected">
          The embedded gateway says hello as soon as it listens.
        </EmptyState>
      )}
      {nodes.nodes.map((node) => {
        const [kind, word] = states[node.state]
        return (
          <div className="item" key={node.id}>
            <span className="grow">
              <b>{node.id}</b> <span className="t3 s">{node.kind}</span>
              {node.reason && <span className="s t2 node-reason">{node.reason}</span>}
            </span>
            <span className="s t2 num nowrap" title={time(node.since)}>
              r{node.revision} · {ago(node.since)}
            </span>
            <State kind={kind}>{word}</State>
          </div>
        )
      })}
    </Card>
  )
}
