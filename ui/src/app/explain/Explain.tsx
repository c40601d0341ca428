import { type FormEvent, useState } from 'react'
import { useScope } from '@/scope'
import { useTray } from '@/shell/tray/useTray'
import { Button } from '@/ui/Button'
import { Failure, Skeleton } from '@/ui/Feedback'
import { Field, Select, TextArea } from '@/ui/Field'
import { Sentence } from '@/ui/Sentence'
import { Shape } from '@/ui/State'
import { Hops } from './Hops'
import { parseHeaders, useExplain } from './useExplain'

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS']

export interface Question {
  method: string
  url: string
  /** "name: value", one a line. */
  headers: string
}

/** One request in, the whole decision out; also what the draft would make of it. */
export function Explain({
  initial,
  onAsk,
  ask = false,
}: {
  initial: Question
  onAsk?: (question: Question) => void
  ask?: boolean
}) {
  const [question, setQuestion] = useState(initial)
  const [asked, setAsked] = useState(ask ? initial : undefined)
  const { environment } = useScope()
  const { edits } = useTray()
  const request = asked && {
    method: asked.method,
    url: asked.url,
    headers: parseHeaders(asked.headers).headers,
  }
  const answer = useExplain(request)
  const own = edits.filter(({ target }) => !target.environment || target.environment === environment.key)
  const withDraft = useExplain(request && own.length > 0 ? request : undefined, own)
  const { bad } = parseHeaders(question.headers)
  const set = (part: Partial<Question>) => setQuestion({ ...question, ...part })

  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!question.url.trim() || bad.length > 0) return
    setAsked(question)
    onAsk?.(question)
  }
  const same = JSON.stringify(answer.data?.action) === JSON.stringify(withDraft.data?.action)

  return (
    <div className="stack">
      <form className="form" onSubmit={submit}>
        <div className="explain-line">
          <Select
            label="Method"
            value={question.method}
            onChange={(event) => set({ method: event.target.value })}
          >
            {methods.map((method) => (
              <option key={method}>{method}</option>
            ))}
          </Select>
          <Field
            label="URL"
            required
            placeholder="http://shop.example/checkout"
            value={question.url}
            onChange={(event) => set({ url: event.target.value })}
          />
        </div>
        <TextArea
          label="Headers"
          placeholder={'cookie: customer=c-48213'}
          rows={3}
          className="mono"
          value={question.headers}
          onChange={(event) => set({ headers: event.target.value })}
          hint="One a line, name: value"
          error={bad[0] && `“${bad[0]}” has no colon; a header is name: value.`}
        />
        <div>
          <Button type="submit" look="primary" disabled={!question.url.trim() || bad.length > 0}>
            Explain
          </Button>
        </div>
      </form>
      <Failure error={answer.error} />
      {asked && answer.isPending && <Skeleton rows={5} label="Working it out" />}
      {answer.data && <Hops explanation={answer.data} />}
      {answer.data && withDraft.data && own.length > 0 && (
        <p className="banner edited">
          <span className="st edited">
            <Shape kind="edited" />
          </span>
          <span>
            {same ? (
              'With your change: the same. '
            ) : (
              <>
                With your change: <Sentence parts={withDraft.data.sentence} />
              </>
            )}
          </span>
        </p>
      )}
    </div>
  )
}
