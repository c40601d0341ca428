import { useState } from 'react'
import type { ChangeView, Comment, EditView, Impact } from '@/api/types'
import { kindIcon } from '@/shell/tray/kindIcon'
import { Button, IconButton } from '@/ui/Button'
import { Card } from '@/ui/Card'
import { Details, Difference } from '@/ui/Details'
import { Icon } from '@/ui/Icon'
import { Sentence } from '@/ui/Sentence'
import { count, number } from '@/ui/time'
import { Unseen } from '@/ui/Unseen'
import { counted, headline } from '../impact/words'
import { Composer } from './Composer'
import { Said } from './Conversation'

/** All that it would do, in sentences; each can be talked about. */
export function EditsCard({
  change,
  comments,
  impact,
}: {
  change: ChangeView
  comments: Comment[]
  impact: Record<string, Impact> | undefined
}) {
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
          const moved = impact && movedBy(edit, impact)
          return (
            <li className="edit" id={`edit-${i + 1}`} key={i}>
              <Icon name={kindIcon[edit.target.kind]} />
              <div>
                <p className="edit-words">
                  <Sentence parts={edit.sentence} />
                </p>
                {moved && <p className="s t2">{moved}</p>}
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
        <Unseen edits={change.check.hidden} className="edit" />
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

/** The edit's own part of who is affected, in half a sentence. */
function movedBy({ target }: EditView, impact: Record<string, Impact>): string | undefined {
  const there = target.environment ? [impact[target.environment]] : Object.values(impact)
  for (const each of there) {
    const flag = each?.flags.find(({ flag }) => flag === target.key)
    if (flag && (target.kind === 'targeting' || target.kind === 'flag')) {
      const found = headline(flag)
      return found
        ? `${number(found.moved)} of ${number(flag.asked)} sampled ${counted(flag)} move to ${found.to}, ${number(found.back)} back`
        : `none of ${number(flag.asked)} sampled ${counted(flag)} moves`
    }
    const route = each?.routes.find(({ route }) => route === target.key)
    if (route && target.kind === 'route')
      return `${number(route.moved)} of ${number(route.requests)} sampled requests go elsewhere`
  }
  return undefined
}
