import { useId } from 'react'
import type { Clause, Op } from '@/api/types'
import { Button, IconButton } from '@/ui/Button'
import { Field, Select } from '@/ui/Field'
import { operators, valueText, valueType } from './clauses'
import { TokenField } from './TokenField'
import type { Vocabulary } from './useVocabulary'

/** The conditions of a rule, all of which must hold. */
export function ClauseEditor({
  clauses,
  vocabulary,
  onChange,
}: {
  clauses: readonly Clause[]
  vocabulary: Vocabulary
  onChange: (clauses: Clause[]) => void
}) {
  const change = (at: number, next: Clause) => onChange(clauses.map((each, i) => (i === at ? next : each)))
  const add = (clause: Clause) => onChange([...clauses, clause])
  const kind = vocabulary.contextKinds[0] ?? 'user'
  return (
    <div className="clauses">
      {clauses.map((clause, i) => (
        <Row
          key={i}
          {...{ clause, vocabulary }}
          number={i + 1}
          onChange={(next) => change(i, next)}
          onRemove={() => onChange(clauses.filter((_, at) => at !== i))}
        />
      ))}
      {clauses.length === 0 && <p className="note">Without a condition a rule takes everyone.</p>}
      <div className="row wrap">
        <Button
          small
          look="quiet"
          icon="plus"
          onClick={() => add({ contextKind: kind, attribute: '', op: 'in', values: [] })}
        >
          Condition
        </Button>
        <Button
          small
          look="quiet"
          icon="plus"
          onClick={() => add({ contextKind: kind, attribute: '', op: 'segmentMatch', values: [] })}
        >
          Segment
        </Button>
      </div>
    </div>
  )
}

function Row({
  clause,
  number,
  vocabulary,
  onChange,
  onRemove,
}: {
  clause: Clause
  number: number
  vocabulary: Vocabulary
  onChange: (clause: Clause) => void
  onRemove: () => void
}) {
  const list = useId()
  const kind = clause.contextKind ?? 'user'
  const attributes = vocabulary.attributes(kind)
  const segment = clause.op === 'segmentMatch'
  const suggested = attributes.find((each) => each.name === clause.attribute)?.type
  const type = valueType(clause, suggested)
  const { negate: _negate, ...positive } = clause
  const choose = (value: string) => {
    const [op, not] = value.split('!') as [Op, string | undefined]
    const fits = valueType({ op, values: clause.values }) === valueType(clause) && op !== 'segmentMatch'
    onChange({
      ...positive,
      op,
      values: fits && !segment ? clause.values : op === clause.op ? clause.values : [],
      ...(op === 'segmentMatch' ? { attribute: '' } : {}),
      ...(not !== undefined ? { negate: true } : {}),
    })
  }
  const operator = (
    <Select
      label={`Condition ${number}: comparison`}
      hideLabel
      value={`${clause.op}${clause.negate ? '!' : ''}`}
      onChange={(event) => choose(event.target.value)}
    >
      {operators.map((each) => [
        <option key={each.op} value={each.op}>
          {each.words}
        </option>,
        <option key={`${each.op}!`} value={`${each.op}!`}>
          {each.not}
        </option>,
      ])}
    </Select>
  )
  return (
    <div className={`clause${segment ? ' segment' : ''}`} role="group" aria-label={`Condition ${number}`}>
      <span className="and">{number === 1 ? 'when' : 'and'}</span>
      <Select
        label={`Condition ${number}: who is asked`}
        hideLabel
        value={kind}
        onChange={(event) => onChange({ ...clause, contextKind: event.target.value })}
      >
        {[...new Set([kind, ...vocabulary.contextKinds])].map((each) => (
          <option key={each}>{each}</option>
        ))}
      </Select>
      {!segment && (
        <>
          <Field
            label={`Condition ${number}: attribute`}
            hideLabel
            list={list}
            value={clause.attribute}
            placeholder="attribute"
            onChange={(event) => onChange({ ...clause, attribute: event.target.value })}
          />
          <datalist id={list}>
            {attributes.map((each) => (
              <option key={each.name} value={each.name} />
            ))}
          </datalist>
        </>
      )}
      {operator}
      <TokenField
        label={`Condition ${number}: ${segment ? 'segments' : 'values'}`}
        values={clause.values}
        type={type}
        placeholder={segment ? 'Segment' : placeholders[type]}
        suggestions={segment ? vocabulary.segments : []}
        nameOf={segment ? (value) => vocabulary.segmentName(valueText(value)) : valueText}
        onChange={(values) => onChange({ ...clause, values })}
      />
      <IconButton icon="close" label={`Take condition ${number} away`} onClick={onRemove} />
    </div>
  )
}

const placeholders = {
  text: 'DE, AT, …',
  number: '100',
  boolean: 'true or false',
  date: '2026-12-01',
  version: '2.4.0',
  segment: 'Segment',
} as const
