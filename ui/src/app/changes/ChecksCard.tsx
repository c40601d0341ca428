import type { ReactNode } from 'react'
import type { ChangeView, Verdict } from '@/api/types'
import { Card } from '@/ui/Card'
import { ProblemList } from '@/ui/Feedback'
import { Shape, type StateKind } from '@/ui/State'
import { OwnerName } from '../people/people'

/** What was tried before it may apply: does it fit, does it compile, do the guardrails hold. */
export function ChecksCard({ change }: { change: ChangeView }) {
  const { check } = change
  const { guardrails } = check
  const fits = change.difference !== null
  const compiles = check.problems.length === 0
  return (
    <Card
      flush
      title={
        <>
          Checks <span className="n">{guardrails.length + 2}</span>
        </>
      }
      more={`run on r${check.head}`}
    >
      <ul>
        {guardrails.filter((each) => !each.passed).map(guardrail)}
        <Row kind={fits ? 'done' : 'blocked'}>
          {fits ? `No conflict with r${check.head}` : `It does not fit r${check.head} any more`}
        </Row>
        <Row kind={compiles ? 'done' : 'blocked'}>
          {compiles ? 'Every snapshot compiles' : 'It has problems'}
          {!compiles && <ProblemList problems={check.problems} />}
        </Row>
        {guardrails.filter((each) => each.passed).map(guardrail)}
      </ul>
    </Card>
  )
}

const which = {
  now: ' The change edits this guardrail; as it is now it holds all the same.',
  after: ' As the change makes it.',
  both: '',
}

function guardrail(result: Verdict) {
  const { key, set, passed, effect, name, owner, message, error } = result
  return (
    <Row key={`${key} ${set}`} kind={passed ? 'done' : effect === 'block' ? 'blocked' : 'warn'}>
      {passed ? name : <b>{name}</b>}{' '}
      <span className="s t3">
        {owner && (
          <>
            guardrail of <OwnerName of={owner} />.{' '}
          </>
        )}
        {!passed && (effect === 'block' ? 'Blocks: ' : 'Warns, does not stop: ')}
        {!passed && message}
        {error && ` It could not be judged: ${error}`}
        {which[set]}
      </span>
    </Row>
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
