import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useId, useState } from 'react'
import { api, path } from '@/api/client'
import { key } from '@/api/queries'
import type { ChangeView, Conflict, Json, Sentence as Words } from '@/api/types'
import { useScope } from '@/scope'
import { Button } from '@/ui/Button'
import { Details } from '@/ui/Details'
import { Failure } from '@/ui/Feedback'
import { Sentence } from '@/ui/Sentence'
import { Shape } from '@/ui/State'
import { count } from '@/ui/time'
import { said } from './Conflicts'
import './conflicts.css'

type Side = 'now' | 'change'

const name = (conflict: Conflict) => JSON.stringify([conflict.resource, conflict.path])

/** What later revisions and a change made of the same fields, side by side: one of them stays. */
export function ChooseSides({ change }: { change: ChangeView }) {
  const { project, member, can } = useScope()
  const client = useQueryClient()
  const conflicts = change.check.conflicts ?? []
  const [kept, setKept] = useState<{ [conflict: string]: Side }>({})
  const resolve = useMutation({
    mutationFn: () =>
      api<ChangeView>('POST', path`/projects/${project.key}/changes/${change.number}/resolve`, {
        version: change.version,
        body: {
          choices: conflicts.map((conflict) => ({
            resource: conflict.resource,
            path: conflict.path,
            keep: kept[name(conflict)],
            revision: conflict.laterRevision,
          })),
        },
      }),
    onSettled: () => client.invalidateQueries({ queryKey: key(project.key, 'changes') }),
  })
  if (conflicts.length === 0) return null
  const open = conflicts.filter((conflict) => !kept[name(conflict)]).length
  const mine = change.author === member.id
  const refused =
    !mine && !can('administer')
      ? `It is ${change.authorName}’s: they or an admin choose.`
      : open > 0
        ? `Choose a side first: ${count(open, 'field')} ${open === 1 ? 'is' : 'are'} left.`
        : undefined
  const all = (side: Side) => setKept(Object.fromEntries(conflicts.map((each) => [name(each), side])))
  return (
    <section className="choices" aria-label="Which side stays">
      <p className="row start">
        <Shape kind="blocked" />
        <span>
          <b>
            {conflicts.length === 1
              ? 'Somebody changed the same field since.'
              : `Somebody changed the same ${conflicts.length} fields since.`}
          </b>{' '}
          All else of the change goes together with what came. Nothing is overwritten until you choose.
        </span>
      </p>
      {conflicts.map((conflict) => (
        <Choice
          key={name(conflict)}
          conflict={conflict}
          author={mine ? 'You' : change.authorName}
          kept={kept[name(conflict)]}
          onKeep={(side) => setKept({ ...kept, [name(conflict)]: side })}
        />
      ))}
      <Failure error={resolve.error} />
      <div className="row wrap">
        <Button
          look="primary"
          small
          refused={refused}
          disabled={resolve.isPending}
          onClick={() => resolve.mutate()}
        >
          Keep what is chosen
        </Button>
        {conflicts.length > 1 && (
          <>
            <Button small look="quiet" onClick={() => all('now')}>
              All as it is now
            </Button>
            <Button small look="quiet" onClick={() => all('change')}>
              All of this change
            </Button>
          </>
        )}
      </div>
    </section>
  )
}

function Choice({
  conflict,
  author,
  kept,
  onKeep,
}: {
  conflict: Conflict
  author: string
  kept: Side | undefined
  onKeep: (side: Side) => void
}) {
  const group = useId()
  const { resource, path, base, now, wanted, nowSentence, wantedSentence } = conflict
  const side = (which: Side, who: ReactNode, words: Words | undefined, value: Json | undefined) => (
    <label className={`side${kept === which ? ' kept' : ''}`}>
      <span className="row">
        <input type="radio" name={group} checked={kept === which} onChange={() => onKeep(which)} />
        <b>{who}</b>
      </span>
      {words && (
        <span className="s">
          <Sentence parts={words} />
        </span>
      )}
      {!words && <code className="xs t2">{said(value)}</code>}
    </label>
  )
  return (
    <fieldset className="sides">
      <legend className="sides-what">
        <span className="t3">{resource.environment ?? resource.kind}</span> <code>{resource.key}</code>
        {path && <code className="t3"> {path}</code>}
      </legend>
      {side(
        'now',
        <>
          {conflict.laterAuthor ?? 'As it is now'}
          {conflict.laterRevision !== undefined && `, r${conflict.laterRevision}`}
        </>,
        nowSentence,
        now,
      )}
      {side('change', `${author}, this change`, wantedSentence, wanted)}
      <div className="sides-what">
        <Details summary="Technical difference">
          <dl className="kv s">
            <dt>before both</dt>
            <dd>
              <code>{said(base)}</code>
            </dd>
            <dt>now</dt>
            <dd>
              <code>{said(now)}</code>
            </dd>
            <dt>this change</dt>
            <dd>
              <code>{said(wanted)}</code>
            </dd>
          </dl>
        </Details>
      </div>
    </fieldset>
  )
}
