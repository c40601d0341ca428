import {
  type InputHTMLAttributes,
  type ReactNode,
  type SelectHTMLAttributes,
  type TextareaHTMLAttributes,
  useId,
} from 'react'
import { Icon } from './Icon'
import { Kbd } from './Kbd'
import './field.css'

interface Around {
  label: string
  hint?: ReactNode
  error?: ReactNode
  hideLabel?: boolean
}

function Labelled({
  label,
  hint,
  error,
  hideLabel,
  id,
  children,
}: Around & { id: string; children: ReactNode }) {
  return (
    <div className="labelled">
      <label htmlFor={id} className={hideLabel ? 'vh' : undefined}>
        {label}
      </label>
      {children}
      {hint && !error && (
        <p className="note" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {error && (
        <p className="field-error" id={`${id}-hint`} role="alert">
          {error}
        </p>
      )}
    </div>
  )
}

const described = (id: string, { hint, error }: Around) => ({
  'aria-describedby': hint || error ? `${id}-hint` : undefined,
  'aria-invalid': error ? true : undefined,
})

export function Field({
  label,
  hint,
  error,
  hideLabel,
  ...input
}: Around & InputHTMLAttributes<HTMLInputElement>) {
  const own = useId()
  const id = input.id ?? own
  return (
    <Labelled {...{ label, hint, error, id }} {...(hideLabel ? { hideLabel } : {})}>
      <div className={`field${error ? ' bad' : ''}`}>
        <input
          autoComplete="off"
          spellCheck={false}
          {...input}
          id={id}
          {...described(id, { label, hint, error })}
        />
      </div>
    </Labelled>
  )
}

export function TextArea({
  label,
  hint,
  error,
  hideLabel,
  ...input
}: Around & TextareaHTMLAttributes<HTMLTextAreaElement>) {
  const id = useId()
  return (
    <Labelled {...{ label, hint, error, id }} {...(hideLabel ? { hideLabel } : {})}>
      <div className={`field area${error ? ' bad' : ''}`}>
        <textarea rows={2} {...input} id={id} {...described(id, { label, hint, error })} />
      </div>
    </Labelled>
  )
}

/** A native select: a phone's own picker, and no weight. */
export function Select({
  label,
  hint,
  error,
  hideLabel,
  children,
  ...input
}: Around & SelectHTMLAttributes<HTMLSelectElement>) {
  const id = useId()
  return (
    <Labelled {...{ label, hint, error, id }} {...(hideLabel ? { hideLabel } : {})}>
      <div className="field select">
        <select {...input} id={id} {...described(id, { label, hint, error })}>
          {children}
        </select>
        <Icon name="down" size={12} />
      </div>
    </Labelled>
  )
}

/** The filter above a list; `/` goes there. */
export function SearchField({
  value,
  onValue,
  placeholder,
}: {
  value: string
  onValue: (value: string) => void
  placeholder: string
}) {
  return (
    <div className="field search">
      <Icon name="search" />
      <input
        id="page-filter"
        type="search"
        value={value}
        placeholder={placeholder}
        aria-label={placeholder}
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => onValue(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') event.currentTarget.blur()
        }}
      />
      <Kbd>/</Kbd>
    </div>
  )
}
