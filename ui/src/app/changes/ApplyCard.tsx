import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { api, path } from '@/api/client'
import { isProblem } from '@/api/problem'
import { key } from '@/api/queries'
import type { ChangeView, Impact, RevisionView } from '@/api/types'
import { useScope } from '@/scope'
import { Conflicts } from '@/shell/tray/Conflicts'
import { useOpenDraft } from '@/shell/tray/drafts'
import { showReceipt } from '@/shell/tray/receipts'
import { Button } from '@/ui/Button'
import { Card } from '@/ui/Card'
import { Failure } from '@/ui/Feedback'
import { Shape } from '@/ui/State'
import { count, number, when } from '@/ui/time'
import { headline } from '../impact/words'
import { BreakGlass } from './BreakGlass'
import { useReviewStep } from './queries'
import { Scheduled } from './Scheduled'
import { SubmitForm } from './SubmitForm'
import { whyNot } from './state'

/** The next step, and why it can't be taken where it can't. */
export function ApplyCard({
  change,
  impact,
}: {
  change: ChangeView
  impact: Record<string, Impact> | undefined
}) {
  const { project, environment, member } = useScope()
  const client = useQueryClient()
  const [breaking, setBreaking] = useState(false)
  const openDraft = useOpenDraft()
  const apply = useMutation({
    mutationFn: (breakGlass?: { reason: string }) =>
      api<RevisionView>('POST', path`/projects/${project.key}/changes/${change.number}/apply`, {
        body: breakGlass ? { breakGlass } : {},
      }),
    onSuccess: (revision) => {
      setBreaking(false)
      showReceipt({ project: project.key, environment: environment.key, revision })
    },
    onSettled: () => client.invalidateQueries({ queryKey: key(project.key, 'changes') }),
  })
  const withdraw = useReviewStep<Record<string, never>>(change.number, 'withdraw')
  const { may, brokeGlass } = change.review
  const params = { project: project.key, environment: environment.key }
  const names = change.check.environments.map(
    (each) => project.environments.find(({ key }) => key === each)?.name.toLowerCase() ?? each,
  )
  const words = `Apply ${count(change.check.edits.length, 'edit')}${names.length > 0 ? ` to ${names.join(' and ')}` : ''}`
  if (change.state === 'rejected') return null
  if (change.state === 'applied')
    return (
      <Card label="Applied">
        <p className="applied">
          It became{' '}
          <Link
            className="link"
            to="/p/$project/$environment/history"
            params={params}
            search={{ r: change.revision }}
          >
            r{change.revision}
          </Link>
          .
        </p>
        {brokeGlass && (
          <p className="s broke">
            <Shape kind="warn" /> {brokeGlass.whoName} broke the glass {when(brokeGlass.at)}: “
            {brokeGlass.reason}”.{' '}
            {brokeGlass.reviewed
              ? `Reviewed afterwards by ${brokeGlass.reviewed.whoName}.`
              : 'Nobody has reviewed it yet.'}
          </p>
        )}
        <Link
          className="btn plain wide"
          to="/p/$project/$environment/history"
          params={params}
          search={{ r: change.revision, do: 'revert' as const }}
        >
          Revert r{change.revision}…
        </Link>
        <div className="applied-later">
          <Scheduled change={change} />
        </div>
      </Card>
    )
  const own = change.author === member.id
  const stops = change.check.guardrails.find((each) => !each.passed && each.effect === 'block')
  const blocked = stops && `Guardrail “${stops.name}” blocks it.`
  const conflict = isProblem(apply.error, 409) ? apply.error : undefined
  // What needs approval is sent for review; what waits for another change says so.
  const asksFirst = change.state === 'draft' && own && !may.apply.allowed
  const waits = change.after.some(({ revision }) => revision === undefined)
  return (
    <Card label="Next step">
      <div className="stack tight">
        {change.state === 'draft' && own && <SubmitForm change={change} />}
        {(!asksFirst || waits) && (
          <>
            <Button
              wide
              look="primary"
              refused={
                blocked ?? (may.apply.allowed ? undefined : whyNot(may.apply, 'It can’t be applied now.'))
              }
              disabled={apply.isPending}
              onClick={() => apply.mutate(undefined)}
            >
              {apply.isPending ? 'Applying…' : words}
            </Button>
            <p className="s t2">
              {blocked ?? (may.apply.allowed ? readyWords(impact) : whyNot(may.apply, ''))}
            </p>
          </>
        )}
        {conflict && !change.check.conflicts?.length ? (
          <Conflicts problem={conflict} conflicts={conflict.problems.conflicts} />
        ) : (
          <Failure error={breaking || conflict ? undefined : apply.error} />
        )}
        <div className="row wrap">
          <Scheduled change={change} refused={scheduling(change, own)} />
          {change.state === 'draft' && own && (
            <Button small look="quiet" icon="changes" onClick={() => void openDraft(change.number)}>
              Work on it
            </Button>
          )}
          {(may.withdraw.allowed || own) && change.state !== 'draft' && (
            <Button
              small
              look="quiet"
              icon="undo"
              refused={may.withdraw.allowed ? undefined : whyNot(may.withdraw, 'Not now.')}
              onClick={() => withdraw.mutate({}, { onSuccess: () => void openDraft(change.number) })}
            >
              Withdraw
            </Button>
          )}
          {(!may.apply.allowed || blocked) && (
            <Button
              small
              look="quiet"
              refused={may.breakGlass.allowed ? undefined : whyNot(may.breakGlass, 'Not now.')}
              onClick={() => setBreaking(true)}
            >
              Break glass…
            </Button>
          )}
        </div>
        <Failure error={withdraw.error} />
      </div>
      {breaking && (
        <BreakGlass
          words={words}
          error={apply.error}
          pending={apply.isPending}
          onBreak={(reason) => apply.mutate({ reason })}
          onClose={() => setBreaking(false)}
        />
      )}
    </Card>
  )
}

/** Why it can't be given a time, if it can't. */
function scheduling(change: ChangeView, own: boolean): string | undefined {
  if (change.state === 'draft' && !own) return 'It is a draft of somebody else.'
  if (change.state === 'draft' && !change.reason.trim()) return 'It needs a reason first.'
  if (change.check.problems.length > 0) return 'It does not fit at the moment.'
  return undefined
}

function readyWords(impact: Record<string, Impact> | undefined): string {
  const moved = Object.values(impact ?? {})
    .flatMap((each) => each.flags)
    .reduce((sum, flag) => sum + (headline(flag)?.moved ?? 0), 0)
  return moved > 0 ? `Ready. ${number(moved)} who were seen will get something else.` : 'Ready.'
}
