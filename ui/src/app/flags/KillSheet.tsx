import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { isProblem } from '@/api/problem'
import type { Edit, FlagDetail } from '@/api/types'
import { approvalsIn, refusal, useScope } from '@/scope'
import { isChange, type NowInput, useApplyNow } from '@/shell/tray/drafts'
import { useTray } from '@/shell/tray/useTray'
import { Button } from '@/ui/Button'
import { ErrorState, Failure, ProblemList, Skeleton } from '@/ui/Feedback'
import { TextArea } from '@/ui/Field'
import { Sentence } from '@/ui/Sentence'
import { Sheet } from '@/ui/Sheet'
import { Shape } from '@/ui/State'
import { SampleNote } from '../impact/Affected'
import { FlagMoves } from '../impact/FlagMoves'
import { useImpact } from '../impact/queries'
import { useMay } from '../settings/policies/useMay'
import { checkQuery, flagQuery } from './queries'
import { ServedNow } from './ServedNow'

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
  const navigate = useNavigate()
  const [reason, setReason] = useState('')
  const tray = useTray()
  const apply = useApplyNow()
  const { flag } = detail
  const edit: Edit = {
    target: { kind: 'targeting', environment: environment.key, key: flag.key },
    op: { type: 'setOn', on },
  }
  const { data: check, error } = useQuery(checkQuery(project.key, [edit]))
  const impact = useImpact([edit], { examples: 1 })
  const moves = impact.data?.flags.find((each) => each.flag === flag.key)
  const word = on ? 'on' : 'off'
  // Where others must agree one asks them; who may break the glass need not wait.
  const refusedFor = isProblem(apply.error, 409) ? apply.error.problems.missing : undefined
  const ask = approvalsIn(project, [environment.key]) > 0 || !!refusedFor
  const glass = ask && can('breakGlass')
  const also = tray.edits.some((each) => each.target.key === flag.key && each.target.kind === 'targeting')
  const may = useMay({ kind: 'targeting', environment: environment.key, key: flag.key })
  const refused = can('editFlags') ? may('on') : refusal('editFlags', member)
  const go = (how: NowInput['how']) => {
    if (refused) return
    const words = { reason: reason.trim(), ...(how === 'ask' ? { title: `Turn ${flag.key} ${word}` } : {}) }
    apply.mutate(
      { edits: [edit], how, ...words },
      {
        onSuccess: (answer) => {
          onClose()
          if (isChange(answer))
            void navigate({
              to: '/p/$project/$environment/changes/$number',
              params: {
                project: project.key,
                environment: environment.key,
                number: String(answer.number),
              },
            })
        },
      },
    )
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    go(glass ? 'breakGlass' : ask ? 'ask' : 'apply')
  }
  const wordless = ask && !reason.trim() ? 'It needs a reason.' : undefined
  return (
    <form className="form" onSubmit={submit}>
      {check?.edits[0] ? (
        <p className="t2">
          <Sentence parts={check.edits[0].sentence} />
        </p>
      ) : error ? (
        <Failure error={error} />
      ) : (
        <Skeleton rows={1} />
      )}
      {check && !check.ok && <ProblemList problems={check.problems} />}
      {impact.data && moves ? (
        <>
          <FlagMoves flag={moves} small />
          <SampleNote impact={impact.data} />
        </>
      ) : (
        <ServedNow detail={detail} on={on} />
      )}
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
        look={on || (ask && !glass) ? 'primary' : 'stop'}
        disabled={apply.isPending}
        refused={refused ?? wordless}
      >
        <Shape kind={on ? 'on' : 'blocked'} />
        {apply.isPending
          ? `Turning ${word}…`
          : glass
            ? `Break glass: turn ${word} now`
            : ask
              ? `Ask to turn ${word}`
              : `Turn ${word} now`}
      </Button>
      {glass && (
        <Button wide disabled={apply.isPending} refused={refused ?? wordless} onClick={() => go('ask')}>
          Ask to turn {word}
        </Button>
      )}
      <Button look="quiet" wide onClick={onClose}>
        Cancel
      </Button>
      <p className="note">
        {glass
          ? `It needs approvals. Your role, ${member.role}, may turn it ${word} without them; it is marked, and looked at afterwards.`
          : ask
            ? `It needs approvals: others decide on it in Changes. An operator may turn it ${word} at once.`
            : `Applied at once in ${environment.name}, as a change of its own; History can revert it.`}
        {also && ' Your change also edits this flag; it stays as it is.'}
      </p>
    </form>
  )
}
