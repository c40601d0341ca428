import type { TriggerCreated } from '@/api/types'
import { Button } from '@/ui/Button'
import { Field } from '@/ui/Field'
import { Sheet } from '@/ui/Sheet'

export type Address = TriggerCreated

/** What sets a trigger off: told once, and kept only as a hash. */
export function TriggerAddress({ shown, onClose }: { shown: Address; onClose: () => void }) {
  const select = (event: React.FocusEvent<HTMLInputElement>) => event.target.select()
  return (
    <Sheet
      open
      onClose={onClose}
      title={`What sets ${shown.trigger.name} off`}
      description="It is shown this once. Whoever has it can set off exactly this change, and nothing else."
    >
      <Field label="POST to" className="mono" readOnly value={shown.url} onFocus={select} />
      {shown.signingSecret && (
        <Field
          label="Signed with"
          className="mono"
          readOnly
          value={shown.signingSecret}
          onFocus={select}
          hint="As Standard Webhooks has it; docs/triggers.md has the lines for it"
        />
      )}
      <div className="sheet-acts">
        <Button icon="copy" onClick={() => void navigator.clipboard.writeText(shown.url)}>
          Copy address
        </Button>
        <Button look="primary" onClick={onClose}>
          Done
        </Button>
      </div>
    </Sheet>
  )
}
