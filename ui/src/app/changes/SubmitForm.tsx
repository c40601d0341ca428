import { type FormEvent, useState } from 'react'
import type { ChangeView } from '@/api/types'
import { Button } from '@/ui/Button'
import { Failure } from '@/ui/Feedback'
import { Field, TextArea } from '@/ui/Field'
import { AskField } from '../people/people'
import { useReviewStep } from './queries'
import { whyNot } from './state'

/** A draft's title and reason, and the button that sends it to those who must agree. */
export function SubmitForm({ change }: { change: ChangeView }) {
  const [title, setTitle] = useState(change.title)
  const [reason, setReason] = useState(change.reason)
  const [asked, setAsked] = useState<string[]>([])
  const send = useReviewStep<{ title: string; reason: string; reviewers: string[] }>(change.number, 'submit')
  const { submit } = change.review.may
  const missing = !title.trim() ? 'It needs a title.' : !reason.trim() ? 'It needs a reason.' : undefined
  const go = (event: FormEvent) => {
    event.preventDefault()
    if (!missing) send.mutate({ title: title.trim(), reason: reason.trim(), reviewers: asked })
  }
  return (
    <form className="form tight" onSubmit={go}>
      <Field label="Title" value={title} onChange={(event) => setTitle(event.target.value)} />
      <TextArea label="Reason" value={reason} onChange={(event) => setReason(event.target.value)} />
      <AskField asked={asked} onAsk={setAsked} />
      <Failure error={send.error} />
      <Button
        type="submit"
        wide
        look="primary"
        disabled={send.isPending}
        refused={submit.allowed ? missing : whyNot(submit, 'It can’t be sent.')}
      >
        Send for review
      </Button>
    </form>
  )
}
