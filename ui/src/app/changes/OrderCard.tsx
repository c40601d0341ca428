import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { api, path } from '@/api/client'
import { key } from '@/api/queries'
import type { ChangeView, Neighbour } from '@/api/types'
import { useScope } from '@/scope'
import { useOpenDraft } from '@/shell/tray/drafts'
import { Button, IconButton } from '@/ui/Button'
import { Card } from '@/ui/Card'
import { Failure } from '@/ui/Feedback'
import { Select } from '@/ui/Field'
import { State } from '@/ui/State'
import { openChangesQuery } from './queries'
import { standing, titleOf } from './state'

/** What is applied before it and what comes after; and the way to say so. */
export function OrderCard({ change }: { change: ChangeView }) {
  const { project, environment, member, can } = useScope()
  const client = useQueryClient()
  const navigate = useNavigate()
  const openDraft = useOpenDraft()
  const over = change.state === 'applied' || change.state === 'rejected'
  const own = change.author === member.id || can('administer')
  const open = useQuery({ ...openChangesQuery(project.key), enabled: own && !over })
  const renew = () => client.invalidateQueries({ queryKey: key(project.key, 'changes') })
  const order = useMutation({
    mutationFn: (after: number[]) =>
      api<ChangeView>('PUT', path`/projects/${project.key}/changes/${change.number}/order`, {
        version: change.version,
        body: { after },
      }),
    onSettled: renew,
  })
  const next = useMutation({
    mutationFn: () =>
      api<ChangeView>('POST', path`/projects/${project.key}/changes`, {
        body: { edits: [], after: [change.number] },
      }),
    onSuccess: async (made) => {
      await openDraft(made.number)
      void navigate({
        to: '/p/$project/$environment/flags',
        params: { project: project.key, environment: environment.key },
      })
    },
    onSettled: renew,
  })
  const { after, followers } = change
  if (over && after.length === 0 && followers.length === 0) return null
  const numbers = after.map(({ number }) => number)
  const taken = new Set([change.number, ...numbers, ...followers.map(({ number }) => number)])
  const others = (open.data ?? []).filter(({ number }) => !taken.has(number))
  return (
    <Card flush title="Order">
      {after.map((each) => (
        <Row
          key={each.number}
          word="after"
          change={each}
          onDrop={
            own && !over && each.revision === undefined
              ? () => order.mutate(numbers.filter((number) => number !== each.number))
              : undefined
          }
        />
      ))}
      {followers.map((each) => (
        <Row key={each.number} word="before" change={each} />
      ))}
      {!over && (
        <div className="card-body">
          <div className="stack tight">
            {after.length === 0 && followers.length === 0 && (
              <p className="s t2">It stands alone: it may be applied at any time.</p>
            )}
            {own && others.length > 0 && (
              <Select
                label="Comes after"
                value=""
                disabled={order.isPending}
                onChange={(event) => order.mutate([...numbers, Number(event.target.value)])}
              >
                <option value="">Choose a change…</option>
                {others.map((each) => (
                  <option key={each.number} value={each.number}>
                    C-{each.number} {titleOf(each)}
                  </option>
                ))}
              </Select>
            )}
            <Failure error={order.error ?? next.error} />
            {can('editFlags') && (
              <div>
                <Button small icon="plus" disabled={next.isPending} onClick={() => next.mutate()}>
                  Plan what comes after it
                </Button>
              </div>
            )}
          </div>
        </div>
      )}
    </Card>
  )
}

function Row({
  word,
  change,
  onDrop,
}: {
  word: 'after' | 'before'
  change: Neighbour
  onDrop?: (() => void) | undefined
}) {
  const { project, environment } = useScope()
  const { kind, word: state } = standing(change)
  return (
    <div className="item given">
      <span className="grow">
        <span className="t3">{word} </span>
        <Link
          className="link"
          to="/p/$project/$environment/changes/$number"
          params={{ project: project.key, environment: environment.key, number: String(change.number) }}
        >
          C-{change.number} {change.title}
        </Link>
        <span className="s t2 given-note">{change.authorName}</span>
      </span>
      <State kind={kind}>{state}</State>
      {onDrop && <IconButton icon="close" label={`Do not wait for C-${change.number}`} onClick={onDrop} />}
    </div>
  )
}
