import { useState } from 'react'
import type { Clause, Serve } from '@/api/types'
import { Button } from '@/ui/Button'
import { Field } from '@/ui/Field'
import { State } from '@/ui/State'
import { ClauseEditor } from './ClauseEditor'
import { clauseWords, isComplete } from './clauses'
import { ruleId } from './draft'
import { ServeEditor } from './ServeEditor'
import type { FlagDraft } from './useFlagDraft'
import type { Vocabulary } from './useVocabulary'

/** A rule in the making; it goes into the change once it says who and what. */
export function NewRule({
  draft,
  vocabulary,
  onClose,
}: {
  draft: FlagDraft
  vocabulary: Vocabulary
  onClose: () => void
}) {
  const kind = vocabulary.contextKinds[0] ?? 'user'
  const [clauses, setClauses] = useState<Clause[]>([
    { contextKind: kind, attribute: '', op: 'in', values: [] },
  ])
  const [serve, setServe] = useState<Serve>({})
  const [description, setDescription] = useState('')
  const missing =
    clauses.length === 0 || !clauses.every(isComplete)
      ? 'a condition lacks its attribute or values'
      : serve.variation === undefined && !serve.rollout
        ? 'it does not say what they get'
        : undefined
  const add = () => {
    const words = clauses.map((clause) => clauseWords(clause, vocabulary.segmentName)).join(' ')
    draft.set({
      type: 'addRule',
      rule: {
        id: ruleId([...(draft.live.rules ?? []), ...(draft.targeting.rules ?? [])], words),
        ...(description.trim() ? { description: description.trim() } : {}),
        clauses,
        ...serve,
      },
    })
    onClose()
  }
  return (
    <div className="editbox edited" role="group" aria-label="New rule">
      <State kind="edited">New rule</State>
      <ClauseEditor clauses={clauses} vocabulary={vocabulary} onChange={setClauses} />
      <ServeEditor
        flag={draft.flag}
        serve={serve}
        edited
        contextKinds={vocabulary.contextKinds}
        label="New rule"
        onChange={setServe}
      />
      <Field
        label="Note"
        hideLabel
        value={description}
        placeholder="A note for others, if you like"
        onChange={(event) => setDescription(event.target.value)}
      />
      <div className="row">
        <Button small look="edited" refused={missing} onClick={add}>
          Add to change
        </Button>
        <Button small look="quiet" onClick={onClose}>
          Cancel
        </Button>
        {missing && <span className="note">Not yet: {missing}.</span>}
      </div>
    </div>
  )
}
