import { useState } from 'react'
import { Button } from '@/ui/Button'
import { TextArea } from '@/ui/Field'
import { count } from '@/ui/time'

const keysOf = (text: string) => [
  ...new Set(
    text
      .split(/[\s,]+/)
      .map((key) => key.trim())
      .filter(Boolean),
  ),
]

/** Keys or addresses, one a line, typed or pasted; they go into the change all at once. */
export function KeyList({
  label,
  values,
  one,
  many = `${one}s`,
  refused,
  onSave,
}: {
  label: string
  values: readonly string[]
  /** What one of them is called. */
  one: string
  many?: string
  refused: string | undefined
  onSave: (values: string[]) => void
}) {
  const [text, setText] = useState<string>()
  const next = text === undefined ? values : keysOf(text)
  const added = next.filter((each) => !values.includes(each)).length
  const removed = values.filter((each) => !next.includes(each)).length
  return (
    <div className="stack tight">
      <TextArea
        label={label}
        rows={Math.min(8, Math.max(2, values.length))}
        className="mono"
        readOnly={!!refused}
        title={refused}
        value={text ?? values.join('\n')}
        onChange={(event) => setText(event.target.value)}
        hint={
          text === undefined
            ? `${count(values.length, one, many)}, one a line`
            : `${added} more, ${removed} fewer`
        }
      />
      {text !== undefined && (
        <div className="row">
          <Button
            small
            look="edited"
            refused={refused ?? (added + removed === 0 ? 'Nothing differs yet.' : undefined)}
            onClick={() => {
              onSave([...next])
              setText(undefined)
            }}
          >
            Add to change
          </Button>
          <Button small look="quiet" onClick={() => setText(undefined)}>
            Cancel
          </Button>
        </div>
      )}
    </div>
  )
}
