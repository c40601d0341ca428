import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { Nodes, Traffic } from '@/api/types'
import { useScope } from '@/scope'
import { useTray } from '@/shell/tray/useTray'
import { Card } from '@/ui/Card'
import { plain } from '@/ui/Sentence'
import { Shape, type StateKind } from '@/ui/State'
import { ago, count, number } from '@/ui/time'
import { errorsNow } from './errors'
import { useReviews } from './reviews'

export interface Need {
  id: string
  kind: StateKind
  lead: string
  title: ReactNode
  sub: ReactNode
  action?: ReactNode
}

/** What waits for a person here: reviews, refused deliveries, errors above usual, an own draft. Most urgent first. */
export function useNeeds(nodes: Nodes | undefined, traffic: Traffic | undefined): Need[] {
  const reviews = useReviews()
  const { project, environment } = useScope()
  const { edits, views, draft } = useTray()
  const params = { project: project.key, environment: environment.key }
  const needs: Need[] = [...reviews]
  for (const node of nodes?.nodes ?? []) {
    if (node.state !== 'refused') continue
    needs.push({
      id: `node ${node.id}`,
      kind: 'blocked',
      lead: 'Refused:',
      title: `${node.id} does not act on r${node.revision}`,
      sub: `${node.reason ?? 'It gave no reason.'} ${ago(node.since)}.`,
      action: (
        <Link
          className="btn plain sm"
          to="/p/$project/$environment/history"
          params={params}
          search={{ r: node.revision }}
        >
          Look at r{node.revision}
        </Link>
      ),
    })
  }
  const errors = traffic && errorsNow(traffic)
  if (errors?.above) {
    needs.push({
      id: 'errors',
      kind: 'warn',
      lead: 'Errors:',
      title: `${number(errors.now)} % of requests fail; it was ${number(errors.before)} %`,
      sub: `Of ${count(errors.sample, 'request')} in the last ${Math.round(errors.seconds / 60)} min, against the minutes before.`,
      action: (
        <Link className="btn plain sm" to="/p/$project/$environment/routes" params={params}>
          Look
        </Link>
      ),
    })
  }
  if (edits.length > 0) {
    const problems = draft?.check.problems.length ?? 0
    needs.push({
      id: 'draft',
      kind: 'edited',
      lead: 'Draft:',
      title: draft?.title || `your change of ${count(edits.length, 'edit')} is not applied`,
      sub: `${views[0] ? plain(views[0].sentence) : edits[0]!.target.key}${edits.length > 1 ? ` And ${edits.length - 1} more.` : ''}${problems > 0 ? ` ${count(problems, 'problem')}.` : ''}`,
    })
  }
  return needs
}

export function Needs({ needs }: { needs: Need[] }) {
  if (needs.length === 0) return null
  return (
    <Card label="Needs you" flush>
      {needs.map((need) => (
        <div className="need" key={need.id}>
          <span className={`st ${need.kind}`}>
            <Shape kind={need.kind} size={17} />
          </span>
          <div>
            <p>
              <b>{need.lead}</b> {need.title}
            </p>
            <p className="s t2">{need.sub}</p>
          </div>
          {need.action && <div className="need-acts">{need.action}</div>}
        </div>
      ))}
    </Card>
  )
}
