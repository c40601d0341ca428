import type { ChangeView, Comment } from '@/api/types'
import { groups } from '@/groups'
import { Avatar } from '@/ui/Avatar'
import { Card } from '@/ui/Card'
import { Icon } from '@/ui/Icon'
import { count, when } from '@/ui/time'
import { Composer } from './Composer'
import { parts } from './mentions'

/** What was said about the whole change; threads on single edits are pointed to. */
export function Conversation({ change, comments }: { change: ChangeView; comments: Comment[] }) {
  const about = groups(
    comments.filter((each) => each.edit !== undefined),
    (each) => each.edit!,
  )
  return (
    <Card title="Conversation">
      <div className="stack talk">
        {comments
          .filter((each) => each.edit === undefined)
          .map((comment) => (
            <Said key={comment.id} comment={comment} />
          ))}
        {[...about].map(([edit, said]) => (
          <p key={edit} className="row s t3">
            <Icon name="comment" size={14} />
            <span>
              {[...new Set(said.map((each) => each.whoName))].join(' and ')} on{' '}
              <a className="link" href={`#edit-${edit + 1}`}>
                edit {edit + 1}
              </a>
              , {count(said.length, 'comment')}
            </span>
          </p>
        ))}
        <Composer change={change} comments={comments} />
      </div>
    </Card>
  )
}

export function Said({ comment }: { comment: Comment }) {
  return (
    <div className="said">
      <p className="row s">
        <Avatar name={comment.whoName} />
        <b>{comment.whoName}</b>
        <time className="t3" dateTime={comment.at}>
          {when(comment.at)}
        </time>
      </p>
      <p className="said-text">
        {parts(comment.text, comment.mentions).map((part, i) =>
          part.mention ? <b key={i}>@{part.text}</b> : <span key={i}>{part.text}</span>,
        )}
      </p>
    </div>
  )
}
