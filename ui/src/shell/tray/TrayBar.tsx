import { useScope } from '@/scope'
import { Button } from '@/ui/Button'
import { Sentence } from '@/ui/Sentence'
import { State } from '@/ui/State'
import { count } from '@/ui/time'
import { mustAsk } from './drafts'
import { useTray } from './useTray'
import './tray.css'

/** The change in the making, at the foot of every page. */
export default function TrayBar({ onOpen }: { onOpen: () => void }) {
  const { edits, views, draft, discard, saving, error } = useTray()
  const { project } = useScope()
  const after = draft?.after ?? []
  const problems = draft?.check.problems.length ?? 0
  return (
    <section className="dock" aria-label={`Your change in ${project.name}`}>
      <State kind="edited">
        Change · {count(edits.length, 'edit')}
        {after.length > 0 && (
          <span className="desk">, after {after.map(({ number }) => `C-${number}`).join(' and ')}</span>
        )}
      </State>
      <ol>
        {edits.slice(0, 3).map((edit, i) => {
          const view = views[i]
          return (
            <li key={i}>
              {view ? (
                <Sentence parts={view.sentence} />
              ) : (
                <>
                  <code>{edit.target.key}</code>{' '}
                  <span className="t3">{saving ? 'saving…' : 'not checked yet'}</span>
                </>
              )}
            </li>
          )
        })}
        {edits.length > 3 && <li className="t3">and {edits.length - 3} more</li>}
      </ol>
      {error ? (
        <State kind="blocked">not saved</State>
      ) : (
        problems > 0 && <State kind="blocked">{count(problems, 'problem')}</State>
      )}
      <Button look="quiet" className="desk" onClick={discard}>
        Discard
      </Button>
      <Button look="primary" shortcut="C" onClick={onOpen}>
        {mustAsk(draft) ? 'Send for review' : 'Review and apply'}
      </Button>
    </section>
  )
}
