import { type KeyboardEvent, useState } from 'react'
import type { ChangeView, Comment } from '@/api/types'
import { useScope } from '@/scope'
import { Button } from '@/ui/Button'
import { Failure } from '@/ui/Feedback'
import { TextArea } from '@/ui/Field'
import { usePeople } from '../people/people'
import { type Person, withNames } from './mentions'
import { useReviewStep } from './queries'

/** Writes to the conversation, or about one edit; `@` and a name calls someone. */
export function Composer({
  change,
  comments,
  edit,
  focus,
  onDone,
}: {
  change: ChangeView
  comments: Comment[]
  edit?: number
  focus?: boolean
  onDone?: () => void
}) {
  const { member } = useScope()
  const [text, setText] = useState('')
  const send = useReviewStep<{ text: string; edit?: number }>(change.number, 'comments')
  const { members, teams } = usePeople()
  const known = new Map<string, string>([
    [change.author, change.authorName],
    ...change.review.reviewers.map((each) => [each.id, each.name] as const),
    ...change.review.reviews.map((each) => [each.who, each.whoName] as const),
    ...comments.map((each) => [each.who, each.whoName] as const),
    ...members.filter((each) => each.active).map((each) => [each.id, each.name] as const),
    ...teams.map((each) => [each.key, each.name] as const),
  ])
  known.delete(member.id)
  const people: Person[] = [...known].map(([id, name]) => ({ id, name }))
  const asked = /(?:^|\s)@([\p{L}\d._-]*)$/u.exec(text)?.[1]?.toLowerCase()
  const offered =
    asked === undefined ? [] : people.filter((each) => each.name.toLowerCase().startsWith(asked)).slice(0, 5)
  const write = () => {
    const said = text.trim()
    if (!said || send.isPending) return
    send.mutate(
      { text: withNames(said, people), ...(edit === undefined ? {} : { edit }) },
      {
        onSuccess: () => {
          setText('')
          onDone?.()
        },
      },
    )
  }
  const keys = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) write()
    if (event.key === 'Escape' && !text) onDone?.()
  }
  const others = [
    ...new Set([change.authorName, ...change.review.reviews.map((each) => each.whoName)]),
  ].filter((name) => name !== member.name)
  const to =
    edit === undefined
      ? others.length > 0
        ? `Write to ${others.join(' and ')}`
        : 'Write something'
      : 'Answer'
  return (
    <div className="composer">
      <TextArea
        label={edit === undefined ? 'Comment' : `Comment on edit ${edit + 1}`}
        hideLabel
        rows={text ? 2 : 1}
        autoFocus={!!focus}
        placeholder={to}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={keys}
      />
      {offered.length > 0 && (
        <div className="row wrap" role="group" aria-label="Mention">
          {offered.map((each) => (
            <Button
              key={each.id}
              small
              onClick={() => setText(text.replace(/@[\p{L}\d._-]*$/u, `@${each.name} `))}
            >
              @{each.name}
            </Button>
          ))}
        </div>
      )}
      <Failure error={send.error} />
      {text.trim() && (
        <div className="row">
          <Button small look="primary" disabled={send.isPending} onClick={write}>
            Send
          </Button>
          <span className="note desk">@ and a name calls someone</span>
        </div>
      )}
    </div>
  )
}
