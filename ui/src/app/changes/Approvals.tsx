import { type FormEvent, useState } from 'react'
import type { ChangeView, GivenReview, Requirement } from '@/api/types'
import { useScope } from '@/scope'
import { useHotkeys } from '@/shell/hotkeys'
import { Avatar } from '@/ui/Avatar'
import { Button } from '@/ui/Button'
import { Card } from '@/ui/Card'
import { Failure } from '@/ui/Feedback'
import { TextArea } from '@/ui/Field'
import { State } from '@/ui/State'
import { when } from '@/ui/time'
import { usePeople } from '../people/people'
import { useReviewStep } from './queries'
import { approvals, whyNot } from './state'

/** Who must agree, who has, and the two answers of the one who looks. */
export function Approvals({ change }: { change: ChangeView }) {
  const { member, project } = useScope()
  const { review } = change
  const [why, setWhy] = useState<string>()
  const send = useReviewStep<{ verdict: GivenReview['verdict']; note?: string; difference: string | null }>(
    change.number,
    'reviews',
  )
  // What was applied without approvals is looked at afterwards.
  const after = !!review.brokeGlass && !review.brokeGlass.reviewed
  const asked = change.state === 'inReview' || change.state === 'approved' || after
  const { approve: may, reject } = review.may
  const mine = review.reviews.find(
    (each) => each.who === member.id && each.valid && each.verdict === 'approve',
  )
  const approve = () =>
    may.allowed &&
    !mine &&
    !send.isPending &&
    send.mutate({ verdict: 'approve', difference: change.difference })
  const refuse = (event: FormEvent) => {
    event.preventDefault()
    const note = why?.trim()
    send.mutate(
      { verdict: 'reject', difference: change.difference, ...(note ? { note } : {}) },
      { onSuccess: () => setWhy(undefined) },
    )
  }
  useHotkeys([
    { keys: 'a', label: 'Approve', run: approve },
    { keys: 'x', label: 'Reject', run: () => reject.allowed && setWhy('') },
  ])
  const progress = approvals(change)
  if (!asked && review.reviews.length === 0 && !progress) return null
  const buttons = (
    <>
      <Button
        look="primary"
        wide
        shortcut="A"
        refused={
          mine ? 'You have approved it.' : may.allowed ? undefined : whyNot(may, 'It is not in review.')
        }
        disabled={send.isPending}
        onClick={approve}
      >
        Approve
      </Button>
      <Button
        wide
        shortcut="X"
        refused={reject.allowed ? undefined : whyNot(reject, 'It is not in review.')}
        onClick={() => setWhy('')}
      >
        Reject…
      </Button>
    </>
  )
  return (
    <Card
      flush
      title="Approvals"
      more={progress && <span className="num">{`${progress.have} of ${progress.need}`}</span>}
    >
      {review.reviews.map((each) => (
        <Given key={`${each.who} ${each.at}`} review={each} me={each.who === member.id} />
      ))}
      {review.requirements.map((each, i) => (
        <Needed key={i} requirement={each} names={project.environments} />
      ))}
      {asked && review.reviewers.length > 0 && (
        <p className="item s t2">Asked to look: {review.reviewers.map(({ name }) => name).join(', ')}</p>
      )}
      {asked && (
        <div className="card-body">
          {why !== undefined ? (
            <form className="form tight" onSubmit={refuse}>
              <TextArea
                label="Why not"
                autoFocus
                value={why}
                placeholder="What must be different"
                onChange={(event) => setWhy(event.target.value)}
              />
              <div className="row">
                <Button type="submit" look="stop" disabled={send.isPending}>
                  Reject
                </Button>
                <Button look="quiet" onClick={() => setWhy(undefined)}>
                  Cancel
                </Button>
              </div>
            </form>
          ) : (
            <>
              <div className="row desk-row">{buttons}</div>
              <p className="note">
                {mine
                  ? 'You have approved exactly this difference.'
                  : may.allowed
                    ? 'For exactly this difference. A later edit voids it.'
                    : whyNot(may, '')}
              </p>
            </>
          )}
          <Failure error={send.error} />
        </div>
      )}
      {asked && why === undefined && (may.allowed || reject.allowed) && (
        <div className="stickyact phone">{buttons}</div>
      )}
    </Card>
  )
}

function Given({ review, me }: { review: GivenReview; me: boolean }) {
  const approved = review.verdict === 'approve'
  return (
    <div className={`item given${review.valid ? '' : ' void'}`}>
      <Avatar name={review.whoName} />
      <span className="grow">
        {review.whoName}
        {me && ', you'}
        {review.note && <span className="s t2 given-note">“{review.note}”</span>}
        {!review.valid && (
          <span className="s given-note">
            {approved ? 'Approval' : 'Rejection'} void:{' '}
            {review.voidBecause ?? 'the change is another one by now'}
          </span>
        )}
      </span>
      <State kind={!review.valid ? 'off' : approved ? 'done' : 'blocked'}>
        {approved ? '' : 'rejected '}
        {when(review.at)}
      </State>
    </div>
  )
}

function Needed({
  requirement,
  names,
}: {
  requirement: Requirement
  names: { key: string; name: string }[]
}) {
  const { source, approvals, have, reason } = requirement
  const { nameOf } = usePeople()
  const met = have >= approvals
  const what =
    source.type === 'environment'
      ? `for ${names.find((each) => each.key === source.environment)?.name.toLowerCase() ?? source.environment}`
      : source.type === 'team'
        ? `from ${nameOf(source.team)}`
        : source.type === 'owner'
          ? `${nameOf(source.owner)}, owner of ${source.target.key}`
          : ''
  return (
    <div className="item given" title={reason}>
      <span className="grow">
        {what} <span className="s t3 given-note">{reason}</span>
      </span>
      <State kind={met ? 'done' : 'waiting'}>
        {have} of {approvals}
      </State>
    </div>
  )
}
