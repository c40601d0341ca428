import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useDeferredValue, useRef, useState } from 'react'
import type { Policy, PolicyMistake, Preset } from '@/api/types'
import { useScope } from '@/scope'
import { Button } from '@/ui/Button'
import { Details } from '@/ui/Details'
import { Failure } from '@/ui/Feedback'
import { Field, TextArea } from '@/ui/Field'
import { Sheet } from '@/ui/Sheet'
import { State } from '@/ui/State'
import { place } from './place'
import { checkQuery, putPolicy, removePolicy } from './queries'

const example = `// Product may change percentages in production, and turn flags on and off. Nothing else there.
forbid (
  principal in Role::"product",
  action in [Action::"propose", Action::"apply"],
  resource
)
when { resource.production }
unless { [Aspect::"percentage", Aspect::"on"].containsAll(context.aspects) };
`

/** One policy: what it says in Cedar and in words, with what is wrong as one types. */
export function PolicySheet({
  policy,
  preset,
  schema,
  refused,
  onClose,
}: {
  policy: Policy | undefined
  preset: Preset | undefined
  schema: string
  refused: string | undefined
  onClose: () => void
}) {
  const { project } = useScope()
  const client = useQueryClient()
  const editor = useRef<HTMLDivElement>(null)
  const [name, setName] = useState(policy?.name ?? preset?.key ?? '')
  const [key, setKey] = useState(policy?.key ?? '')
  const [text, setText] = useState(policy?.text ?? preset?.text ?? example)
  const own = policy?.key ?? (key.trim() || keyed(name))
  const check = useQuery({
    ...checkQuery(project.key, policy?.key ?? '', useDeferredValue(text)),
    placeholderData: (before) => before,
  })
  const after = () => {
    void client.invalidateQueries({ queryKey: ['policies', project.key] })
    void client.invalidateQueries({ queryKey: ['session'] })
  }
  const save = useMutation({
    mutationFn: () =>
      putPolicy(project.key, own, { name: name.trim(), text, expectedVersion: policy?.version ?? 0 }),
    onSuccess: () => {
      after()
      onClose()
    },
  })
  const remove = useMutation({
    mutationFn: () => removePolicy(project.key, own),
    onSuccess: () => {
      after()
      onClose()
    },
  })
  const mistakes = check.data?.mistakes ?? []
  const missing = !name.trim()
    ? 'It needs a name.'
    : !text.trim()
      ? 'It says nothing yet.'
      : mistakes.length > 0
        ? 'Mend what is wrong with it first.'
        : check.data?.locksOut
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!preset && !refused && !missing) save.mutate()
  }
  const jump = ({ line, column, length }: PolicyMistake) => {
    const area = editor.current?.querySelector('textarea')
    if (!area) return
    const at = place(text, line, column)
    area.focus()
    area.setSelectionRange(at, at + length)
  }
  return (
    <Sheet
      open
      wide
      onClose={onClose}
      title={policy?.name ?? preset?.key ?? 'New policy'}
      description={
        preset
          ? 'It ships with the product, and holds in every project.'
          : 'What is forbidden is forbidden, whatever else permits it. It holds from the moment it is saved, for what is open too.'
      }
    >
      <form className="form" onSubmit={submit}>
        {!preset && (
          <div className="two-fields">
            <Field
              label="Name"
              value={name}
              readOnly={!!refused}
              placeholder="Product: percentages only"
              onChange={(event) => setName(event.target.value)}
            />
            <Field
              label="Key"
              value={policy?.key ?? key}
              readOnly={!!policy || !!refused}
              className="mono"
              placeholder={keyed(name) || 'product-percentages'}
              onChange={(event) => setKey(event.target.value)}
            />
          </div>
        )}
        <div ref={editor}>
          <TextArea
            label="Policy"
            hideLabel={!!preset}
            rows={Math.min(18, Math.max(8, text.split('\n').length + 1))}
            className="mono policy-text"
            spellCheck={false}
            value={text}
            readOnly={!!preset || !!refused}
            onChange={(event) => setText(event.target.value)}
            hint={preset ? undefined : 'In Cedar. @says("…") before a statement is what people read of it.'}
          />
        </div>
        <div className="policy-said" role="status">
          {mistakes.map((each) => (
            <button
              type="button"
              key={`${each.line}:${each.column}:${each.reason}`}
              className="policy-mistake"
              onClick={() => jump(each)}
            >
              <State kind="warn">
                <span className="num">
                  {each.line}:{each.column}
                </span>
              </State>
              <span>
                {each.reason}
                {each.hint && <span className="t2"> {each.hint}</span>}
              </span>
            </button>
          ))}
          {check.data?.locksOut && <State kind="warn">{check.data.locksOut}</State>}
          {mistakes.length === 0 &&
            check.data?.statements.map((each) => (
              <p key={each.words} className="policy-statement">
                <State kind={each.effect === 'forbid' ? 'blocked' : 'on'}>
                  {each.effect === 'forbid' ? 'forbids' : 'permits'}
                </State>
                <span>{each.words}</span>
              </p>
            ))}
        </div>
        {!preset && (
          <Details summary="What a policy can speak of">
            <pre className="mono policy-schema">{schema}</pre>
          </Details>
        )}
        <Failure error={save.error ?? remove.error ?? check.error} />
        {!preset && (
          <div className="sheet-acts">
            {policy && (
              <Button
                look="quiet"
                icon="trash"
                refused={refused}
                disabled={remove.isPending}
                onClick={() => remove.mutate()}
              >
                Take away
              </Button>
            )}
            <Button type="submit" look="primary" refused={refused ?? missing} disabled={save.isPending}>
              Save policy
            </Button>
          </div>
        )}
      </form>
    </Sheet>
  )
}

/** A key of a name: small letters, digits and hyphens. */
const keyed = (name: string) =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
