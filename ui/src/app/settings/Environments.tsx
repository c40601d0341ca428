import { useMutation, useQueryClient } from '@tanstack/react-query'
import { api, path } from '@/api/client'
import { sessionQuery } from '@/api/queries'
import type { Environment } from '@/api/types'
import { refusal, useScope } from '@/scope'
import { Button } from '@/ui/Button'
import { Card } from '@/ui/Card'
import { EnvironmentMark } from '@/ui/EnvironmentMark'
import { Failure } from '@/ui/Feedback'
import { count } from '@/ui/time'
import { AskTeams } from './AskTeams'
import { Freezes } from './Freezes'

/** How many approvals a change needs that alters what is served in an environment. */
export default function Environments() {
  const { project, can, member } = useScope()
  const client = useQueryClient()
  const set = useMutation({
    mutationFn: ({ key, ...body }: Pick<Environment, 'key'> & Partial<Environment>) =>
      api<Environment>('PATCH', path`/projects/${project.key}/environments/${key}`, { body }),
    onSettled: () => client.invalidateQueries({ queryKey: sessionQuery.queryKey }),
  })
  const refused = can('administer') ? undefined : refusal('administer', member)
  return (
    <div className="stack">
      <Card title="Approvals" flush>
        {project.environments.map((each) => {
          const n = each.requiredApprovals
          const step = (by: number) => set.mutate({ key: each.key, requiredApprovals: n + by })
          return (
            <div className="setting" key={each.key}>
              <div>
                <p className="row">
                  <EnvironmentMark production={each.production} />
                  <b>{each.name}</b>
                </p>
                <p className="s t2">
                  {n === 0
                    ? 'Who may edit may also apply, alone.'
                    : `${count(n, 'other person', 'other people')} must approve exactly what will change, whatever way it comes: page, files, revert.`}
                </p>
                <div className="asked">
                  <AskTeams
                    environment={each}
                    refused={refused}
                    pending={set.isPending}
                    onAsk={(approvalsFrom) => set.mutate({ key: each.key, approvalsFrom })}
                  />
                  <label className="s choice-one">
                    <input
                      type="checkbox"
                      checked={each.ownersApprove}
                      disabled={!!refused || set.isPending}
                      title={refused}
                      onChange={(event) => set.mutate({ key: each.key, ownersApprove: event.target.checked })}
                    />{' '}
                    What somebody owns changes only with their approval, or their team’s
                  </label>
                </div>
              </div>
              <div className="stepper" role="group" aria-label={`Approvals in ${each.name}`}>
                <Button
                  small
                  aria-label={`One approval less in ${each.name}`}
                  refused={
                    refused ??
                    (n === 0
                      ? 'None is needed already.'
                      : each.approvalsFrom.some(({ approvals }) => approvals === n)
                        ? 'A team is asked for as many: ask it for fewer first.'
                        : undefined)
                  }
                  disabled={set.isPending}
                  onClick={() => step(-1)}
                >
                  −
                </Button>
                <output>{n}</output>
                <Button
                  small
                  aria-label={`One approval more in ${each.name}`}
                  refused={refused ?? (n === 10 ? 'More than 10 is not possible.' : undefined)}
                  disabled={set.isPending}
                  onClick={() => step(1)}
                >
                  +
                </Button>
              </div>
            </div>
          )
        })}
        <Failure error={set.error} />
      </Card>
      <Freezes />
    </div>
  )
}
