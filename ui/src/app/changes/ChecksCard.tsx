import type { ReactNode } from 'react'
import type { ChangeView } from '@/api/types'
import { Card } from '@/ui/Card'
import { ProblemList } from '@/ui/Feedback'
import { Shape, type StateKind } from '@/ui/State'

/** What was tried before it may apply: does it fit, does it compile. */
export function ChecksCard({ change }: { change: ChangeView }) {
  const { check } = change
  const fits = change.difference !== null
  const compiles = check.problems.length === 0
  return (
    <Card
      flush
      title={
        <>
          Checks <span className="n">2</span>
        </>
      }
      more={`run on r${check.head}`}
    >
      <ul>
        <Row kind={fits ? 'done' : 'blocked'}>
          {fits ? `No conflict with r${check.head}` : `It does not fit r${check.head} any more`}
        </Row>
        <Row kind={compiles ? 'done' : 'blocked'}>
          {compiles ? 'Every snapshot compiles' : 'It has problems'}
          {!compiles && <ProblemList problems={check.problems} />}
        </Row>
      </ul>
    </Card>
  )
}

const Row = ({ kind, children }: { kind: StateKind; children: ReactNode }) => (
  <li className="check">
    <span className={`st ${kind}`}>
      <Shape kind={kind} size={14} />
      <span className="vh">{kind === 'done' ? 'passed: ' : kind === 'warn' ? 'warning: ' : 'stops: '}</span>
    </span>
    <div>{children}</div>
  </li>
)
