import { Button } from '@/ui/Button'
import { Field } from '@/ui/Field'
import { Sheet } from '@/ui/Sheet'

export interface Secret {
  title: string
  secret: string
}

/** What the server tells once and keeps only as a hash. */
export function SecretSheet({ shown, onClose }: { shown: Secret; onClose: () => void }) {
  return (
    <Sheet open onClose={onClose} title={shown.title} description="It is shown this once. Copy it now.">
      <Field label="Secret" readOnly value={shown.secret} onFocus={(event) => event.target.select()} />
      <div className="sheet-acts">
        <Button icon="copy" onClick={() => void navigator.clipboard.writeText(shown.secret)}>
          Copy
        </Button>
        <Button look="primary" onClick={onClose}>
          Done
        </Button>
      </div>
    </Sheet>
  )
}
