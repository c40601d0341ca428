import { useState } from 'react'
import type { ChangeView, Comment } from '@/api/types'
import { kindIcon } from '@/shell/tray/kindIcon'
import { Button, IconButton } from '@/ui/Button'
import { Card } from '@/ui/Card'
import { Details, Difference } from '@/ui/Details'
import { Icon } from '@/ui/Icon'
import { Sentence } from '@/ui/Sentence'
import { count } from '@/ui/time'
import { Composer } from './Composer'
import { Said } from './Conversation'

/** All that it would do, in sentences; each can be talked about. */
export function EditsCard({ change, comments }: { change: ChangeView; comments: Comment[] }) {
  const [talking, setTalking] = useState<number>()
  const edits = change.check.edits
  return (
    <Card
      flush
      title={
        <>
          Edits <span className="n">{edits.length}</span>
        </>
      }
      more="all of them or none"
    >
      <ol>
        {edits.map((edit, i) => {
          const own = comments.filter((each) => each.edit === i)
          return (
            <li className="edit" id={`edit-${i + 1}`} key={i}>
              <Icon name={kindIcon[edit.target.kind]} />
              <div>
                <p className="edit-words">
                  <Sentence parts={edit.sentence} />
                </p>
              </div>
              <IconButton
                icon="comment"
                label={`Comment on edit ${i + 1}`}
                aria-expanded={talking === i}
                onClick={() => setTalking(talking === i ? undefined : i)}
              />
              {(own.length > 0 || talking === i) && (
                <div className="thread">
                  {own.map((comment) => (
                    <Said key={comment.id} comment={comment} />
                  ))}
                  {talking === i ? (
                    <Composer
                      change={change}
                      comments={comments}
                      edit={i}
                      focus
                      onDone={() => setTalking(undefined)}
                    />
                  ) : (
                    <div>
                      <Button small look="quiet" icon="comment" onClick={() => setTalking(i)}>
                        Answer
                      </Button>
                    </div>
                  )}
                </div>
              )}
            </li>
          )
        })}
      </ol>
      <div className="edits-foot">
        <Details
          summary="Technical difference"
          more={
            <span className="mono xs">
              {count(new Set(edits.map(({ target }) => JSON.stringify(target))).size, 'resource')}
              {change.difference && `, ${change.difference.slice(0, 8)}`}
            </span>
          }
        >
          {edits.map((edit, i) => (
            <div key={i}>
              <p className="xs t3 mono">
                {edit.target.kind} {edit.target.key}{' '}
                {edit.target.environment && `@${edit.target.environment}`}
              </p>
              <Difference lines={edit.difference} />
            </div>
          ))}
        </Details>
      </div>
    </Card>
  )
}
