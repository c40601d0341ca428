import { useId, useState } from 'react'
import type { Json } from '@/api/types'
import { Icon } from '@/ui/Icon'
import { parseValues, type ValueType, valueText } from './clauses'

/** Several values: typed or pasted, one with Enter or a comma each. */
export function TokenField({
  label,
  values,
  type,
  suggestions = [],
  nameOf = valueText,
  onChange,
  placeholder = 'Value, Enter',
}: {
  label: string
  values: readonly Json[]
  type: ValueType
  suggestions?: { value: string; name: string }[]
  nameOf?: (value: Json) => string
  onChange: (values: Json[]) => void
  placeholder?: string
}) {
  const id = useId()
  const [text, setText] = useState('')
  const [reason, setReason] = useState<string>()
  const take = (typed: string) => {
    if (!typed.trim()) return
    const named = suggestions.find(
      (each) => each.name.toLowerCase() === typed.trim().toLowerCase() || each.value === typed.trim(),
    )
    const read = named ? { values: [named.value as Json] } : parseValues(typed, type)
    setReason('reason' in read ? read.reason : undefined)
    if ('reason' in read && read.reason) return
    onChange([...values, ...read.values.filter((value) => !values.includes(value))])
    setText('')
  }
  return (
    <div className="values">
      <div className={`field tokens${reason ? ' bad' : ''}`}>
        {values.map((value, i) => (
          <span key={i} className="token">
            {nameOf(value)}
            <button
              type="button"
              aria-label={`Take ${nameOf(value)} away`}
              onClick={() => onChange(values.filter((_, at) => at !== i))}
            >
              <Icon name="close" size={11} />
            </button>
          </span>
        ))}
        <input
          aria-label={label}
          aria-invalid={reason ? true : undefined}
          aria-describedby={reason ? `${id}-reason` : undefined}
          list={suggestions.length ? id : undefined}
          autoComplete="off"
          spellCheck={false}
          value={text}
          placeholder={values.length ? '' : placeholder}
          onChange={({ target: { value } }) => {
            setReason(undefined)
            // A choice from the list needs no Enter.
            if (suggestions.some((each) => each.name === value)) take(value)
            else setText(value)
          }}
          onKeyDown={(event) => {
            if (event.key === 'Enter' || event.key === ',') {
              event.preventDefault()
              take(text)
            }
            if (event.key === 'Backspace' && text === '' && values.length) onChange(values.slice(0, -1))
          }}
          onPaste={(event) => {
            const pasted = event.clipboardData.getData('text')
            if (!/[\n,;]/.test(pasted)) return
            event.preventDefault()
            take(pasted)
          }}
          onBlur={() => take(text)}
        />
        {suggestions.length > 0 && (
          <datalist id={id}>
            {suggestions
              .filter((each) => !values.includes(each.value))
              .map((each) => (
                <option key={each.value} value={each.name} />
              ))}
          </datalist>
        )}
      </div>
      {reason && (
        <p className="field-error" id={`${id}-reason`} role="alert">
          {reason}
        </p>
      )}
    </div>
  )
}
