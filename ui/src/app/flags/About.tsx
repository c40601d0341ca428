import { type FormEvent, useState } from 'react'
import type { EditOp, Flag, FlagDetail } from '@/api/types'
import { Button } from '@/ui/Button'
import { Card, Fact, Facts } from '@/ui/Card'
import { Field, Select, TextArea } from '@/ui/Field'
import { State, Tag } from '@/ui/State'
import { OwnerField, OwnerName } from '../people/people'
import { EditedWhere } from '../resources/ManagedMark'
import { Archive } from './Archive'
import { type AboutFields, aboutOf, aboutOps, receivers } from './aboutOps'
import { flagTypes, typeHints } from './search'
import type { FlagDraft } from './useFlagDraft'

/** What a flag is and how long it lives; all of it is edited into the change. */
export function About({ detail, draft }: { detail: FlagDetail; draft: FlagDraft }) {
  const [open, setOpen] = useState(false)
  const { flag } = draft
  const edited = draft.flagOps.some(({ type }) => ['setDetails', 'setLifecycle', 'put'].includes(type))
  return (
    <Card
      edited={edited}
      title="About it"
      more={
        edited ? (
          <State kind="edited">in your change</State>
        ) : (
          !open && (
            <Button small look="quiet" refused={draft.detailsRefused} onClick={() => setOpen(true)}>
              Edit
            </Button>
          )
        )
      }
    >
      {open ? (
        <Form
          flag={flag}
          refused={draft.flagRefused}
          onSave={(ops) => {
            ops.forEach(draft.setFlag)
            setOpen(false)
          }}
          onCancel={() => setOpen(false)}
        />
      ) : (
        <Facts>
          <Fact label="Type">{flag.type}</Fact>
          <Fact label="Owner">
            {flag.owner ? <OwnerName of={flag.owner} /> : <span className="t3">nobody yet</span>}
          </Fact>
          <Fact label="Expires">
            {flag.expires ?? <span className="t3">{isTemporary(flag) ? 'no day set' : 'stays'}</span>}
          </Fact>
          {flag.tags && flag.tags.length > 0 && (
            <Fact label="Tags">
              {flag.tags.map((tag) => (
                <Tag key={tag}>{tag}</Tag>
              ))}
            </Fact>
          )}
          <Fact label="Given to">{receivers(flag)}</Fact>
          <Fact label="Targeting">
            <EditedWhere draft={draft.targeting} refused={draft.forbidden} onHandOver={draft.handToGit} />
          </Fact>
          <Fact label="Last changed">r{Math.max(detail.flagRevision, detail.targetingRevision)}</Fact>
        </Facts>
      )}
      {!open && <Archive detail={detail} draft={draft} />}
    </Card>
  )
}

const isTemporary = ({ type }: Flag) => type === 'release' || type === 'experiment'

function Form({
  flag,
  refused,
  onSave,
  onCancel,
}: {
  flag: Flag
  /** Why it can't be chosen here who is given it. */
  refused: string | undefined
  onSave: (ops: EditOp[]) => void
  onCancel: () => void
}) {
  const [fields, setFields] = useState<AboutFields>(aboutOf(flag))
  const set = (next: Partial<AboutFields>) => setFields({ ...fields, ...next })
  const ops = aboutOps(flag, fields)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    onSave(ops)
  }
  return (
    <form className="stack tight" onSubmit={submit}>
      <Field
        label="Name"
        placeholder="the key"
        value={fields.name}
        onChange={(e) => set({ name: e.target.value })}
      />
      <TextArea
        label="What it is for"
        value={fields.description}
        onChange={(e) => set({ description: e.target.value })}
      />
      <OwnerField value={fields.owner} onOwner={(owner) => set({ owner })} />
      <Field
        label="Tags"
        placeholder="payments, web"
        value={fields.tags}
        onChange={(e) => set({ tags: e.target.value })}
      />
      <Select
        label="Type"
        value={fields.type}
        hint={typeHints[fields.type]}
        onChange={(e) => set({ type: e.target.value as Flag['type'] })}
      >
        {flagTypes.map((each) => (
          <option key={each}>{each}</option>
        ))}
      </Select>
      <Field
        label="Expires"
        type="date"
        value={fields.expires}
        hint="Afterwards it is listed as stale. Nothing happens by itself."
        onChange={(e) => set({ expires: e.target.value })}
      />
      <fieldset className="given-to">
        <legend>Applications that are given it</legend>
        <label>
          <input type="checkbox" checked disabled /> on servers, by SDK key
        </label>
        <label>
          <input
            type="checkbox"
            checked={fields.browsers}
            disabled={!!refused}
            onChange={(e) => set({ browsers: e.target.checked })}
          />{' '}
          in browsers, by client-side ID
        </label>
        <label>
          <input
            type="checkbox"
            checked={fields.mobile}
            disabled={!!refused}
            onChange={(e) => set({ mobile: e.target.checked })}
          />{' '}
          on phones, by mobile key
        </label>
        <p className="note">{refused ?? 'Others get what their code falls back to.'}</p>
      </fieldset>
      <div className="row">
        <Button
          small
          look="edited"
          type="submit"
          refused={ops.length === 0 ? 'Nothing is changed yet.' : undefined}
        >
          Add to change
        </Button>
        <Button small look="quiet" onClick={onCancel}>
          Cancel
        </Button>
      </div>
    </form>
  )
}
