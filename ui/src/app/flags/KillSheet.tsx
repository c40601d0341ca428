import { useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import type { Edit, FlagDetail } from '@/api/types'
import { refusal, useScope } from '@/scope'
import { useApplyNow, useTray } from '@/shell/tray/useTray'
import { Button } from '@/ui/Button'
import { ErrorState, Failure, ProblemList, Skeleton } from '@/ui/Feedback'
import { TextArea } from '@/ui/Field'
import { Sentence } from '@/ui/Sentence'
import { Sheet } from '@/ui/Sheet'
import { percent } from '@/ui/SplitBar'
import { Shape } from '@/ui/State'
import { count, number, windowWords } from '@/ui/time'
import { checkQuery, flagQuery } from './queries'
import { ServedBar, VariationName } from './words'

/** Turns a flag off or on at once: one reason, one button. What waits in the tray is left alone. */
export function KillSheet({ flag, onClose }: { flag: string | undefined; onClose: () => void }) {
  const { project, environment } = useScope()
  const { data, error } = useQuery({
    ...flagQuery(project.key, environment.key, flag ?? ''),
    enabled: flag !== undefined,
  })
  // The sheet keeps its question while the answer is on its way: on must not become off under the finger.
  const [asked, setAsked] = useState<{ flag: string; on: boolean }>()
  if (flag === undefined) {
    if (asked) setAsked(undefined)
  } else if (data && asked?.flag !== flag) setAsked({ flag, on: !data.targeting.on })
  const word = asked?.on ? 'on' : 'off'
  return (
    <Sheet
      open={flag !== undefined}
      onClose={onClose}
      environment={environment}
      project={project.name}
      title={
        asked ? (
          <>
            Turn <span className="mono">{flag}</span> {word}
          </>
        ) : (
          flag
        )
      }
    >
      {error ? (
        <ErrorState error={error} />
      ) : data && asked ? (
        <Body detail={data} on={asked.on} onClose={onClose} />
      ) : (
        <Skeleton rows={4} />
      )}
    </Sheet>
  )
}

function Body({ detail, on, onClose }: { detail: FlagDetail; on: boolean; onClose: () => void }) {
  const { project, environment, can, member } = useScope()
  const [reason, setReason] = useState('')
  const tray = useTray()
  const apply = useApplyNow()
  const { flag, targeting, served } = detail
  const edit: Edit = {
    target: { kind: 'targeting', environment: environment.key, key: flag.key },
    op: { type: 'setOn', on },
  }
  const { data: check, error } = useQuery(checkQuery(project.key, [edit]))
  const off = flag.variations[targeting.offVariation ?? -1]
  const stay = served.shares.find((share) => share.variation === off?.id)?.contexts ?? 0
  const seen = served.shares.reduce((sum, share) => sum + share.contexts, 0)
  const also = tray.edits.some((each) => each.target.key === flag.key && each.target.kind === 'targeting')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    apply.mutate({ edits: [edit], reason: reason.trim() }, { onSuccess: onClose })
  }
  return (
    <form className="form" onSubmit={submit}>
      {check?.edits[0] ? (
        <p className="big t2">
          <Sentence parts={check.edits[0].sentence} />
        </p>
      ) : error ? (
        <Failure error={error} />
      ) : (
        <Skeleton rows={1} />
      )}
      {check && !check.ok && <ProblemList problems={check.problems} />}
      <div className="served-now">
        <ServedBar flag={flag} served={served.shares} size="l" />
        <p className="row between wrap s">
          {flag.variations.map((variation, i) => {
            const share = served.shares.find((each) => each.variation === variation.id)
            return share ? (
              <span key={variation.id} className="row num">
                <VariationName flag={flag} index={i} canary={served.shares.length > 1} />
                <b>{percent(share.percent)}</b>
              </span>
            ) : null
          })}
        </p>
        <p className="note">
          {seen === 0
            ? `Nobody asked for it in the last ${windowWords(served.windowSeconds)}.`
            : !on && off
              ? `${number(seen - stay)} of ${number(seen)} seen in the last ${windowWords(served.windowSeconds)} get ${off.id} instead of what they have now.`
              : `Served now to ${number(seen)} seen in the last ${windowWords(served.windowSeconds)}.`}
          {detail.usedBy.length > 0 &&
            ` It decides ${count(detail.usedBy.length, 'other resource')}: ${detail.usedBy.map((each) => `${each.kind} ${each.key}`).join(', ')}.`}
        </p>
      </div>
      <TextArea
        label="Reason"
        value={reason}
        placeholder="It will stand in History"
        onChange={(event) => setReason(event.target.value)}
      />
      <Failure error={apply.error} />
      <Button
        type="submit"
        wide
        look={on ? 'primary' : 'stop'}
        disabled={apply.isPending}
        refused={can('editFlags') ? undefined : refusal('editFlags', member)}
      >
        <Shape kind={on ? 'on' : 'blocked'} />
        {apply.isPending ? `Turning ${on ? 'on' : 'off'}…` : `Turn ${on ? 'on' : 'off'} now`}
      </Button>
      <Button look="quiet" wide onClick={onClose}>
        Cancel
      </Button>
      <p className="note">
        Applied at once in {environment.name}, as a change of its own; History can revert it.
        {also && ' Your change also edits this flag; it stays as it is.'}
      </p>
    </form>
  )
}
