import type { Edit } from '@/api/types'
import { Card } from '@/ui/Card'
import { Failure } from '@/ui/Feedback'
import { Affected } from './Affected'
import { useImpact } from './queries'

/** Who is affected by edits that are still being made; follows a drag. */
export function AffectedNow({ edits }: { edits: Edit[] }) {
  const impact = useImpact(edits)
  if (edits.length === 0) return null
  return (
    <Card edited title="Who is affected">
      <div aria-live="polite" aria-busy={impact.isPlaceholderData || undefined}>
        {impact.data ? (
          <Affected impact={impact.data} />
        ) : impact.error ? (
          <Failure error={impact.error} />
        ) : (
          <p className="t3">Counting…</p>
        )}
      </div>
    </Card>
  )
}
