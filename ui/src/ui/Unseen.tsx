import { Icon } from './Icon'
import { count } from './time'

/** A list's last item: that there is more than its reader may see. Nothing where there is not. */
export function Unseen({ edits, className }: { edits: number | undefined; className: string }) {
  if (!edits) return null
  return (
    <li className={className}>
      <Icon name="guardrail" />
      <p className="t2">{count(edits, 'edit')} in environments that you may not see</p>
    </li>
  )
}
