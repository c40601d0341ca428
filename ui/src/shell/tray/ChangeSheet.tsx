import { useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { isProblem } from '@/api/problem'
import { draftQuery } from '@/api/queries'
import type { Edit } from '@/api/types'
import { refusal, useScope } from '@/scope'
import { Button, IconButton } from '@/ui/Button'
import { Details, Difference } from '@/ui/Details'
import { Failure, ProblemList } from '@/ui/Feedback'
import { Field, TextArea } from '@/ui/Field'
import { Icon } from '@/ui/Icon'
import { Sentence } from '@/ui/Sentence'
import { Sheet } from '@/ui/Sheet'
import { count } from '@/ui/time'
import { Conflicts } from './Conflicts'
import { kindIcon } from './kindIcon'
import { sameTarget } from './merge'
import { useApply, useTray } from './useTray'

const traffic = (edit: Edit) => ['route', 'service', 'listener'].includes(edit.target.kind)

/** The whole change: what it says, what is wrong with it, and the one button. */
export default function ChangeSheet({ onClose }: { onClose: () => void }) {
  const { project, environment, can, member } = useScope()
  const client = useQueryClient()
  const tray = useTray()
  const apply = useApply()
  const [title, setTitle] = useState(tray.draft?.title ?? '')
  const [reason, setReason] = useState(tray.draft?.reason ?? '')
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
        : undefined
  const conflict = isProblem(apply.error, 409) ? apply.error : undefined

  const submit = (event: FormEvent) => {
    event.preventDefault()
    const words = {
      ...(title.trim() ? { title: title.trim() } : {}),
      ...(reason.trim() ? { reason: reason.trim() } : {}),
    }
    apply.mutate(words, { onSuccess: onClose })
  }
  const refresh = () => {
    apply.reset()
    void client.invalidateQueries({ queryKey: draftQuery(project.key).queryKey })
  }
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
        {loose && loose.length > 0 && <ProblemList problems={loose} />}
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
        {conflict ? (
          <Conflicts problem={conflict} conflicts={conflict.problems.conflicts} onRefresh={refresh} />
        ) : (
          <Failure error={apply.error} />
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
            <Button type="submit" look="primary" refused={refused} disabled={apply.isPending}>
              {apply.isPending
                ? 'Applying…'
                : `Apply ${count(edits.length, 'edit')} to ${names.join(' and ').toLowerCase()}`}
            </Button>
          )}
        </div>
      </form>
    </Sheet>
  )
}
