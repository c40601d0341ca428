import { type FormEvent, useState } from 'react'
import { useScope } from '@/scope'
import { Button } from '@/ui/Button'
import { Failure } from '@/ui/Feedback'
import { TextArea } from '@/ui/Field'
import { Sheet } from '@/ui/Sheet'

/** Applies without the approvals that are missing: at once, with a reason, and marked for review afterwards. */
export function BreakGlass({
  words,
  error,
  pending,
  onBreak,
  onClose,
}: {
  words: string
  error: unknown
  pending: boolean
  onBreak: (reason: string) => void
  onClose: () => void
}) {
  const { project, environment } = useScope()
  const [reason, setReason] = useState('')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (reason.trim()) onBreak(reason.trim())
  }
  return (
    <Sheet
      open
      onClose={onClose}
      environment={environment}
      project={project.name}
      title="Break the glass"
      description="It applies now, without the approvals that are missing. Everyone sees that, and who may approve is asked to look at it afterwards."
    >
      <form className="form" onSubmit={submit}>
        <TextArea
          label="Reason"
          required
          value={reason}
          placeholder="What can’t wait"
          onChange={(event) => setReason(event.target.value)}
        />
        <Failure error={error} />
        <div className="sheet-acts">
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            look="stop"
            disabled={pending}
            refused={reason.trim() ? undefined : 'It needs a reason.'}
          >
            {words} now
          </Button>
        </div>
      </form>
    </Sheet>
  )
}
