import { type FormEvent, useState } from 'react'
import { isProblem } from '@/api/problem'
import type { ChangeView, RevisionView } from '@/api/types'
import { approvalsIn, refusal, useScope } from '@/scope'
import { Conflicts } from '@/shell/tray/Conflicts'
import { kindIcon } from '@/shell/tray/kindIcon'
import { Button } from '@/ui/Button'
import { Details, Difference } from '@/ui/Details'
import { Failure, ProblemList, Skeleton } from '@/ui/Feedback'
import { TextArea } from '@/ui/Field'
import { Icon } from '@/ui/Icon'
import { Sentence } from '@/ui/Sentence'
import { Sheet } from '@/ui/Sheet'
import { count } from '@/ui/time'
import { type Back, useDryRun, useGoBack } from './queries'
import '@/shell/tray/tray.css'

/** Revert or restore: first what it would do, in sentences, then a reason and one button. */
export function BackSheet({
  how,
  number,
  onClose,
  onDone,
  onRestore,
}: {
  how: Back
  number: number
  onClose: () => void
  onDone: (answer: RevisionView | ChangeView) => void
  onRestore?: () => void
}) {
  const { project, environment, can, member } = useScope()
  const [whole, setWhole] = useState(false)
  const [reason, setReason] = useState('')
  const only = how === 'restore' && !whole ? environment.key : undefined
  const dry = useDryRun(how, number, only)
  const back = useGoBack(how, number, (answer) => {
    onClose()
    onDone(answer)
  })
  const edits = dry.data?.edits ?? []
  const touched = dry.data?.environments ?? []
  const production = project.environments.find((each) => each.production && touched.includes(each.key))
  // Where others must agree, it becomes a change in review; who may break the glass need not wait.
  const ask = approvalsIn(project, touched) > 0
  const verb = how === 'revert' ? 'Revert' : 'Restore'
  const wordless = ask && !reason.trim() ? 'Others decide on it: it needs a reason.' : undefined
  const conflict = isProblem(dry.error, 409) ? dry.error : undefined
  const refused = !can('revert')
    ? refusal('revert', member)
    : edits.length === 0
      ? 'It would change nothing.'
      : undefined
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!refused && !wordless) back.mutate({ reason: reason.trim(), environment: only })
  }

  return (
    <Sheet
      open
      wide
      onClose={onClose}
      environment={production ?? environment}
      project={project.name}
      title={how === 'revert' ? `Revert r${number}` : `Restore to r${number}`}
      description={
        how === 'revert'
          ? 'The inverse of this revision, on top of what is live now. Later edits elsewhere stay.'
          : `Makes ${whole ? 'the whole project' : environment.name.toLowerCase()} what it was at r${number}, whatever came since.`
      }
    >
      <form className="form" onSubmit={submit}>
        {how === 'restore' && (
          <fieldset className="choice">
            <legend className="vh">How much to restore</legend>
            <label>
              <input type="radio" name="scope" checked={!whole} onChange={() => setWhole(false)} />{' '}
              {environment.name} only
            </label>
            <label>
              <input type="radio" name="scope" checked={whole} onChange={() => setWhole(true)} /> The whole
              project
            </label>
          </fieldset>
        )}
        {dry.isPending && <Skeleton rows={3} label="Working out what it would do" />}
        {conflict ? (
          <>
            <Conflicts problem={conflict} conflicts={conflict.problems.conflicts} />
            {onRestore && (
              <p className="note">
                Nothing has changed. Revert the later revision first, or{' '}
                <button type="button" className="link" onClick={onRestore}>
                  restore to r{number - 1}
                </button>
                .
              </p>
            )}
          </>
        ) : (
          <Failure error={dry.error} />
        )}
        {dry.data && edits.length === 0 && (
          <p className="t2">Everything is already as it would be: nothing would change.</p>
        )}
        {edits.length > 0 && (
          <ul className="sheet-list">
            {edits.map((edit, i) => (
              <li className="edit-row" key={i}>
                <Icon name={kindIcon[edit.target.kind]} />
                <Sentence parts={edit.sentence} />
                <span />
                <Details summary="Technical difference">
                  <Difference lines={edit.difference} />
                </Details>
              </li>
            ))}
          </ul>
        )}
        {dry.data && dry.data.problems.length > 0 && <ProblemList problems={dry.data.problems} />}
        {edits.length > 0 && (
          <TextArea
            label="Reason"
            placeholder="Why, for who reads it later"
            value={reason}
            onChange={(event) => setReason(event.target.value)}
          />
        )}
        <Failure error={back.error} />
        <div className="sheet-acts">
          <Button onClick={onClose}>{conflict ? 'Close' : 'Cancel'}</Button>
          {!conflict && !dry.error && ask && can('breakGlass') && (
            <Button
              look="stop"
              refused={dry.data && (refused ?? wordless)}
              disabled={!dry.data || back.isPending}
              onClick={() => back.mutate({ reason: reason.trim(), environment: only, breakGlass: true })}
            >
              Break glass: {verb.toLowerCase()} now
            </Button>
          )}
          {!conflict && !dry.error && (
            <Button
              type="submit"
              look="primary"
              icon={how === 'revert' ? 'undo' : 'restore'}
              refused={dry.data && (refused ?? wordless)}
              disabled={!dry.data || back.isPending}
            >
              {ask ? `Ask to ${verb.toLowerCase()}` : verb}
              {how === 'restore' && `, ${count(edits.length, 'edit')}`}
            </Button>
          )}
        </div>
      </form>
    </Sheet>
  )
}
