import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import type { Guardrail } from '@/api/types'
import { useScope } from '@/scope'
import { Button } from '@/ui/Button'
import { Failure } from '@/ui/Feedback'
import { Field, Select, TextArea } from '@/ui/Field'
import { Sheet } from '@/ui/Sheet'
import { OwnerField } from '../people/people'
import { tryGuardrail } from './queries'
import { Tried } from './Tried'

const fresh: Guardrail = { key: '', rule: '', message: '', effect: 'warn', enabled: true }

/** One guardrail: its rule, what it tells people, whether it warns or blocks; tried on the past before it holds. */
export function GuardrailSheet({
  guardrail,
  existing,
  refused,
  onPut,
  onDelete,
  onClose,
}: {
  guardrail: Guardrail | undefined
  existing: boolean
  refused: string | undefined
  onPut: (guardrail: Guardrail) => void
  onDelete: () => void
  onClose: () => void
}) {
  const { project } = useScope()
  const [draft, setDraft] = useState(guardrail ?? fresh)
  const set = (part: Partial<Guardrail>) => setDraft({ ...draft, ...part })
  const attempt = useMutation({ mutationFn: () => tryGuardrail(project.key, bare(draft)) })
  const missing = !draft.key.trim()
    ? 'It needs a key.'
    : !draft.rule.trim()
      ? 'It needs a rule.'
      : !draft.message.trim()
        ? 'It needs a message for the person whom it stops.'
        : undefined
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (missing || refused) return
    onPut(bare(draft))
    onClose()
  }
  const here = (key: string) => !draft.environments?.length || draft.environments.includes(key)
  const toggle = (key: string) => {
    const all = project.environments.map((each) => each.key)
    const next = all.filter((each) => (each === key ? !here(each) : here(each)))
    const { environments: _environments, ...rest } = draft
    setDraft(next.length === all.length ? rest : { ...rest, environments: next })
  }
  return (
    <Sheet
      open
      wide
      onClose={onClose}
      title={guardrail?.name ?? guardrail?.key ?? 'New guardrail'}
      description={guardrail?.description ?? 'A rule that every change must satisfy.'}
    >
      <form className="form" onSubmit={submit}>
        <div className="two-fields">
          <Field
            label="Name"
            value={draft.name ?? ''}
            onChange={(event) => set({ name: event.target.value })}
          />
          <Field
            label="Key"
            value={draft.key}
            readOnly={existing}
            className="mono"
            placeholder="steps-of-25"
            onChange={(event) => set({ key: event.target.value })}
          />
        </div>
        <TextArea
          label="Rule"
          rows={4}
          className="mono"
          spellCheck={false}
          value={draft.rule}
          onChange={(event) => set({ rule: event.target.value })}
          hint="An expression in CEL that must be true, over change, resources and impact"
        />
        <TextArea
          label="Message"
          value={draft.message}
          placeholder="What is wrong, and what to do instead"
          onChange={(event) => set({ message: event.target.value })}
        />
        <div className="two-fields">
          <Select
            label="What it does"
            value={draft.enabled === false ? 'off' : (draft.effect ?? 'warn')}
            onChange={({ target: { value } }) =>
              set(
                value === 'off'
                  ? { enabled: false }
                  : { enabled: true, effect: value as Guardrail['effect'] },
              )
            }
          >
            <option value="warn">warns</option>
            <option value="block">blocks</option>
            <option value="off">nothing: switched off</option>
          </Select>
          <OwnerField
            value={draft.owner ?? ''}
            nobody={existing ? 'nobody' : 'you, or your team'}
            onOwner={(owner) => set({ owner })}
          />
        </div>
        <fieldset className="choice">
          <legend className="vh">Where it holds</legend>
          {project.environments.map((each) => (
            <label key={each.key}>
              <input type="checkbox" checked={here(each.key)} onChange={() => toggle(each.key)} /> {each.name}
            </label>
          ))}
        </fieldset>
        <label className="choice-one">
          <input
            type="checkbox"
            checked={!!draft.reverts}
            onChange={(event) => set({ reverts: event.target.checked })}
          />{' '}
          Blocks reverts, restores and flags turned off too; these are only warned else
        </label>
        {attempt.data && <Tried tried={attempt.data} effect={draft.effect ?? 'warn'} onClose={onClose} />}
        <Failure error={attempt.error} />
        <div className="sheet-acts">
          {existing && (
            <Button
              look="quiet"
              icon="trash"
              refused={refused}
              onClick={() => {
                onDelete()
                onClose()
              }}
            >
              Take away
            </Button>
          )}
          <Button
            disabled={attempt.isPending}
            refused={draft.rule.trim() ? undefined : 'It needs a rule.'}
            onClick={() => attempt.mutate()}
          >
            {attempt.isPending ? 'Trying…' : 'Try on past changes'}
          </Button>
          <Button type="submit" look="edited" refused={refused ?? missing}>
            Add to change
          </Button>
        </div>
      </form>
    </Sheet>
  )
}

/** Without what is empty, and without what the server adds. */
function bare(guardrail: Guardrail): Guardrail {
  const { key, name, description, owner, tags, rule, message } = guardrail
  const { effect = 'warn', environments, enabled = true, reverts } = guardrail
  return {
    key: key.trim(),
    ...(name?.trim() ? { name: name.trim() } : {}),
    ...(description ? { description } : {}),
    ...(owner?.trim() ? { owner: owner.trim() } : {}),
    ...(tags?.length ? { tags } : {}),
    rule: rule.trim(),
    message: message.trim(),
    effect,
    ...(environments ? { environments } : {}),
    enabled,
    ...(reverts ? { reverts } : {}),
  }
}
