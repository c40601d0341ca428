import { useState } from 'react'
import type { Clause, Segment } from '@/api/types'
import { Button, IconButton } from '@/ui/Button'
import { ClauseEditor } from '../flags/ClauseEditor'
import { clauseWords, isComplete } from '../flags/clauses'
import { ruleId } from '../flags/draft'
import type { Vocabulary } from '../flags/useVocabulary'

type Rule = NonNullable<Segment['rules']>[number]

/** Who belongs to a segment by what they are; one rule that fits is enough. */
export function SegmentRules({
  rules,
  vocabulary,
  refused,
  onChange,
}: {
  rules: readonly Rule[]
  vocabulary: Vocabulary
  refused: string | undefined
  onChange: (rules: Rule[]) => void
}) {
  const [open, setOpen] = useState<string>()
  const [clauses, setClauses] = useState<Clause[]>([])
  const words = (rule: Pick<Rule, 'clauses'>) =>
    rule.clauses.map((clause) => clauseWords(clause, vocabulary.segmentName)).join(' and ')
  const edit = (rule?: Rule) => {
    setOpen(rule?.id ?? '')
    setClauses(
      rule?.clauses ?? [
        { contextKind: vocabulary.contextKinds[0] ?? 'user', attribute: '', op: 'in', values: [] },
      ],
    )
  }
  const missing = clauses.length === 0 || !clauses.every(isComplete)
  const save = () => {
    const id =
      open ||
      ruleId(
        rules.map((rule) => ({ ...rule, variation: 0 })),
        words({ clauses }),
      )
    onChange(
      open
        ? rules.map((rule) => (rule.id === open ? { ...rule, clauses } : rule))
        : [...rules, { id, clauses }],
    )
    setOpen(undefined)
  }
  return (
    <section className="stack tight">
      <div className="row between">
        <h3>Rules</h3>
        <Button small look="quiet" icon="plus" refused={refused} onClick={() => edit()}>
          Add rule
        </Button>
      </div>
      {rules.length === 0 && open === undefined && (
        <p className="note">None: only the keys that are listed.</p>
      )}
      <ul>
        {rules.map((rule) => (
          <li key={rule.id} className="row segment-rule">
            <span className="grow">
              <span className="tok">{words(rule)}</span>
              {rule.weight !== undefined && (
                <span className="note"> {Number((rule.weight / 1000).toFixed(3))} % of them</span>
              )}
            </span>
            {!refused && (
              <>
                <Button small look="quiet" onClick={() => edit(rule)}>
                  Edit<span className="vh"> the rule {words(rule)}</span>
                </Button>
                <IconButton
                  icon="close"
                  label={`Take the rule ${words(rule)} away`}
                  onClick={() => onChange(rules.filter((each) => each.id !== rule.id))}
                />
              </>
            )}
          </li>
        ))}
      </ul>
      {open !== undefined && (
        <div className="editbox edited flush" role="group" aria-label={open ? 'Rule' : 'New rule'}>
          <ClauseEditor clauses={clauses} vocabulary={vocabulary} onChange={setClauses} />
          <div className="row">
            <Button
              small
              look="edited"
              refused={missing ? 'A condition lacks its attribute or values.' : undefined}
              onClick={save}
            >
              Add to change
            </Button>
            <Button small look="quiet" onClick={() => setOpen(undefined)}>
              Cancel
            </Button>
          </div>
        </div>
      )}
    </section>
  )
}
