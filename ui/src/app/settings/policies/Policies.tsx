import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import type { Policy, Preset } from '@/api/types'
import { refusal, useScope } from '@/scope'
import { Button } from '@/ui/Button'
import { Card } from '@/ui/Card'
import { EmptyState, ErrorState, Skeleton } from '@/ui/Feedback'
import { State } from '@/ui/State'
import { ago } from '@/ui/time'
import { PolicySheet } from './PolicySheet'
import { policiesQuery } from './queries'
import { Why } from './Why'
import './policies.css'

/** Who may do what: the project's own policies, those that ship with the product, and why somebody may. */
export default function Policies() {
  const { project, can, member } = useScope()
  const from = '/p/$project/$environment/settings'
  const { policy: open } = useSearch({ from })
  const navigate = useNavigate({ from })
  const list = useQuery(policiesQuery(project.key))
  const refused = can('administer') ? undefined : refusal('administer', member)
  const show = (policy: string | undefined) =>
    void navigate({ search: (old) => ({ ...old, policy }), replace: true, resetScroll: false })
  if (list.isError && !list.data) return <ErrorState error={list.error} onRetry={() => void list.refetch()} />
  if (!list.data) return <Skeleton rows={6} />
  const { items, presets, schema } = list.data
  const selected = items.find((each) => each.key === open)
  const preset = presets.find((each) => each.key === open)
  return (
    <div className="stack">
      <Why />
      <Card
        flush
        title={
          <>
            Policies of {project.name} <span className="n">{items.length}</span>
          </>
        }
        more={
          <Button small look="quiet" icon="plus" refused={refused} onClick={() => show('new')}>
            New policy
          </Button>
        }
      >
        {items.length === 0 && (
          <EmptyState title="Roles alone decide">
            A policy of your own lets a team do more than its roles, or anybody less: percentages in
            production but no rules, nothing to production by oneself, an environment that only some see.
          </EmptyState>
        )}
        {items.map((policy) => (
          <Row key={policy.key} policy={policy} onOpen={() => show(policy.key)} />
        ))}
      </Card>
      <Card flush title="What roles may" more={<span className="desk">the same in every project</span>}>
        {presets.map((each) => (
          <PresetRow key={each.key} preset={each} onOpen={() => show(each.key)} />
        ))}
      </Card>
      {open && (open === 'new' || selected || preset) && (
        <PolicySheet
          key={open}
          policy={selected}
          preset={preset}
          schema={schema}
          refused={refused}
          onClose={() => show(undefined)}
        />
      )}
    </div>
  )
}

function Row({ policy, onOpen }: { policy: Policy; onOpen: () => void }) {
  const forbids = policy.statements.some((each) => each.effect === 'forbid')
  return (
    <div className="item policy">
      <div className="grow">
        {policy.hidden ? (
          <span className="t2 policy-name">{policy.name}</span>
        ) : (
          <button type="button" className="link policy-name" onClick={onOpen}>
            {policy.name}
          </button>
        )}
        <span className="t2 policy-words">
          {policy.hidden
            ? `${policy.key}: what it says is for those who see it.`
            : policy.unreadable
              ? 'It can’t be read by this version: only admins may anything until it is mended.'
              : policy.statements.map((each) => each.words).join(' ')}
        </span>
      </div>
      <span className="t3 desk">
        {policy.updatedBy.name}, {ago(policy.updatedAt)}
      </span>
      {policy.unreadable ? (
        <State kind="warn">unreadable</State>
      ) : policy.hidden ? null : (
        <State kind={forbids ? 'blocked' : 'on'}>{forbids ? 'forbids' : 'permits'}</State>
      )}
    </div>
  )
}

function PresetRow({ preset, onOpen }: { preset: Preset; onOpen: () => void }) {
  return (
    <div className="item policy">
      <div className="grow">
        <button type="button" className="link policy-name" onClick={onOpen}>
          {preset.key}
        </button>
        <span className="t2 policy-words">{preset.words}</span>
      </div>
    </div>
  )
}
