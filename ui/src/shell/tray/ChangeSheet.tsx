import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { isProblem } from '@/api/problem'
import { draftsQuery } from '@/api/queries'
import type { Edit } from '@/api/types'
import { titleOf } from '@/app/changes/state'
import { Affected } from '@/app/impact/Affected'
import { useImpact } from '@/app/impact/queries'
import { AskField } from '@/app/people/people'
import { refusal, useScope } from '@/scope'
import { Button, IconButton } from '@/ui/Button'
import { Details, Difference } from '@/ui/Details'
import { Failure, ProblemList } from '@/ui/Feedback'
import { Field, TextArea } from '@/ui/Field'
import { Icon } from '@/ui/Icon'
import { Sentence } from '@/ui/Sentence'
import { Sheet } from '@/ui/Sheet'
import { count } from '@/ui/time'
import { ChooseSides } from './ChooseSides'
import { Conflicts } from './Conflicts'
import { mustAsk, useApply, useOpenDraft, useSubmit } from './drafts'
import { kindIcon } from './kindIcon'
import { sameTarget } from './merge'
import { useTray } from './useTray'
import './tray.css'

const traffic = (edit: Edit) => ['route', 'service', 'listener'].includes(edit.target.kind)

/** The whole change: what it says, what is wrong with it, and the one button. */
export default function ChangeSheet({ onClose }: { onClose: () => void }) {
  const { project, environment, can, member } = useScope()
  const tray = useTray()
  const apply = useApply()
  const send = useSubmit()
  const navigate = useNavigate()
  const ask = mustAsk(tray.draft)
  const stopped = tray.draft?.after.some(({ state }) => state === 'rejected')
  const impact = useImpact(stopped ? [] : tray.edits, { examples: 1, after: tray.draft?.after })
  const [title, setTitle] = useState(tray.draft?.title ?? '')
  const [reason, setReason] = useState(tray.draft?.reason ?? '')
  const [asked, setAsked] = useState<string[]>([])
  const { edits, views, draft } = tray
  const check = draft?.check
  const touched = check?.environments.length ? check.environments : [environment.key]
  const names = touched.map((key) => project.environments.find((each) => each.key === key)?.name ?? key)
  const production = project.environments.find((each) => each.production && touched.includes(each.key))
  const need = edits.some(traffic) ? 'editTraffic' : 'editFlags'
  const refused = !can(need)
    ? refusal(need, member)
    : check && (!check.ok || check.problems.length > 0)
      ? 'The change has problems; they stand with their edits.'
      : tray.saving
        ? 'The last edit is still being saved.'
        : ask && !title.trim()
          ? 'Others read it: it needs a title.'
          : ask && !reason.trim()
            ? 'Others decide on it: it needs a reason.'
            : undefined
  const conflict = isProblem(apply.error, 409) ? apply.error : undefined

  const submit = (event: FormEvent) => {
    event.preventDefault()
    const words = {
      ...(title.trim() ? { title: title.trim() } : {}),
      ...(reason.trim() ? { reason: reason.trim() } : {}),
    }
    if (refused) return
    if (!ask) {
      apply.mutate(words, { onSuccess: onClose })
      return
    }
    send.mutate(
      { title: title.trim(), reason: reason.trim(), reviewers: asked },
      {
        onSuccess: (change) => {
          onClose()
          void navigate({
            to: '/p/$project/$environment/changes/$number',
            params: {
              project: project.key,
              environment: environment.key,
              number: String(change.number),
            },
          })
        },
      },
    )
  }
  const others = (useQuery(draftsQuery(project.key)).data ?? []).filter(
    ({ number }) => number !== draft?.number,
  )
  const openDraft = useOpenDraft()
  const loose = check?.problems.filter(
    ({ resource }) => !resource || !edits.some((edit) => sameTarget(edit.target, resource)),
  )

  return (
    <Sheet
      open
      onClose={onClose}
      wide
      title={edits.length === 0 ? 'Your change is empty' : `Your change · ${count(edits.length, 'edit')}`}
      environment={production ?? environment}
      project={project.name}
      description={edits.length > 0 && 'All of it applies, or none.'}
    >
      <form className="form" onSubmit={submit}>
        {draft && draft.after.length > 0 && !stopped && (
          <p className="s t2">
            It comes after {draft.after.map(({ number }) => `C-${number}`).join(' and ')}, and is tried on top
            of what that does.
          </p>
        )}
        {edits.length > 0 && (
          <ul className="sheet-list">
            {edits.map((edit, i) => {
              const view = views[i]
              const problems =
                check?.problems.filter(({ resource }) => resource && sameTarget(edit.target, resource)) ?? []
              return (
                <li className="edit-row" key={i}>
                  <Icon name={kindIcon[edit.target.kind]} />
                  {view ? (
                    <Sentence parts={view.sentence} />
                  ) : (
                    <span className="t3">{edit.target.key}: being checked…</span>
                  )}
                  <IconButton
                    icon="close"
                    label={`Take out: ${edit.target.key}`}
                    onClick={() => tray.removeEdit(edit)}
                  />
                  {problems.length > 0 && <ProblemList problems={problems} />}
                  {view && (
                    <Details summary="Technical difference">
                      <Difference lines={view.difference} />
                    </Details>
                  )}
                </li>
              )
            })}
          </ul>
        )}
        {impact.data && edits.length > 0 && (
          <Details summary="Who is affected">
            <Affected impact={impact.data} />
          </Details>
        )}
        {loose && loose.length > 0 && <ProblemList problems={loose} />}
        {draft && !tray.saving && <ChooseSides change={draft} />}
        <Failure error={tray.error} />
        {edits.length > 0 && (
          <>
            <Field
              label="Title"
              placeholder="What this is, for the history"
              value={title}
              onChange={(event) => setTitle(event.target.value)}
            />
            <TextArea
              label="Reason"
              placeholder="Why, for who reads it later"
              value={reason}
              onChange={(event) => setReason(event.target.value)}
            />
          </>
        )}
        {conflict && !check?.conflicts?.length ? (
          <Conflicts problem={conflict} conflicts={conflict.problems.conflicts} />
        ) : (
          <Failure error={conflict ? undefined : (apply.error ?? send.error)} />
        )}
        {ask && edits.length > 0 && <AskField asked={asked} onAsk={setAsked} />}
        {ask && edits.length > 0 && (
          <p className="note">
            {draft?.review.requirements.map((each) => each.reason).join('; ')}. It applies once they agree.
          </p>
        )}
        {(others.length > 0 || edits.length > 0) && (
          <Details summary="Other drafts" more={<span className="n">{others.length}</span>}>
            <div className="stack tight">
              {others.map((each) => (
                <Button
                  key={each.number}
                  small
                  wide
                  onClick={() => {
                    void openDraft(each.number)
                    setTitle(each.title)
                    setReason(each.reason)
                  }}
                >
                  C-{each.number} {titleOf(each)}
                </Button>
              ))}
              {edits.length > 0 && (
                <Button
                  small
                  look="quiet"
                  icon="plus"
                  onClick={() => {
                    void openDraft(0)
                    onClose()
                  }}
                >
                  Put this one aside and begin another
                </Button>
              )}
            </div>
          </Details>
        )}
        <div className="sheet-acts">
          {edits.length > 0 && (
            <Button
              look="quiet"
              onClick={() => {
                tray.discard()
                onClose()
              }}
            >
              Discard all
            </Button>
          )}
          <Button onClick={onClose}>{edits.length > 0 ? 'Keep as draft' : 'Close'}</Button>
          {edits.length > 0 && (
            <Button
              type="submit"
              look="primary"
              refused={refused}
              disabled={apply.isPending || send.isPending}
            >
              {ask
                ? send.isPending
                  ? 'Sending…'
                  : 'Send for review'
                : apply.isPending
                  ? 'Applying…'
                  : `Apply ${count(edits.length, 'edit')} to ${names.join(' and ').toLowerCase()}`}
            </Button>
          )}
        </div>
      </form>
    </Sheet>
  )
}
