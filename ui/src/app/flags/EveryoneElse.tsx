import type { FlagDetail } from '@/api/types'
import { Button } from '@/ui/Button'
import { State } from '@/ui/State'
import { Served, ServeWords } from './RuleItem'
import { ServeEditor } from './ServeEditor'
import type { FlagDraft } from './useFlagDraft'
import type { Vocabulary } from './useVocabulary'

/** What all get whom no rule takes; its handle is always at hand. */
export function EveryoneElse({
  detail,
  draft,
  vocabulary,
  open,
  onOpen,
}: {
  detail: FlagDetail
  draft: FlagDraft
  vocabulary: Vocabulary
  open: boolean
  onOpen: (open: boolean) => void
}) {
  const { fallthrough } = draft.targeting
  const edited = draft.has('setServe', 'serve:')
  const name = (draft.targeting.rules?.length ?? 0) > 0 ? 'Everyone else' : 'Everyone'
  if (!fallthrough.rollout && !edited && !open)
    return (
      <div className="rule fixed">
        <span className="no" />
        <span className="cond">
          <b>{name}</b>
        </span>
        <span>
          <ServeWords draft={draft} serve={fallthrough} />
        </span>
        <Served detail={detail} />
        <span className="acts">
          <Button small look="quiet" refused={draft.refuses('percentage')} onClick={() => onOpen(true)}>
            Edit
          </Button>
        </span>
      </div>
    )
  return (
    <div className={`editbox${edited ? ' edited' : ''}`}>
      <div className="row wrap">
        {edited ? <State kind="edited">{name}</State> : <b>{name}</b>}
        <span style={{ marginLeft: 'auto' }} className="row">
          <Served detail={detail} />
          {edited && (
            <Button
              small
              look="quiet"
              icon="undo"
              onClick={() => draft.drop({ type: 'setServe', serve: fallthrough })}
            >
              Take back
            </Button>
          )}
          {open && !fallthrough.rollout && (
            <Button small look="quiet" onClick={() => onOpen(false)}>
              Close
            </Button>
          )}
        </span>
      </div>
      <ServeEditor
        flag={draft.flag}
        serve={fallthrough}
        live={draft.live.fallthrough}
        edited={edited}
        contextKinds={vocabulary.contextKinds}
        label={name}
        refused={draft.refuses('percentage')}
        onChange={(serve) => draft.set({ type: 'setServe', serve })}
      />
    </div>
  )
}
