import { Button } from '@/ui/Button'
import { State } from '@/ui/State'
import { type Managed, writerOf } from './writer'

/** Says who writes it, and takes it over into the change. Nothing for what people here write. */
export function ManagedMark({
  live,
  draft,
  refused,
  onTakeOver,
}: {
  live: Managed
  draft: Managed
  refused: string | undefined
  onTakeOver: () => void
}) {
  const writer = writerOf(live)
  if (!writer) return null
  return (
    <>
      <State kind="held" pill>
        Managed by {writer}
      </State>
      {writerOf(draft) && (
        <Button small look="quiet" refused={refused} onClick={onTakeOver}>
          Take over
        </Button>
      )}
    </>
  )
}
