import type { RevisionView } from '@/api/types'
import { Avatar } from '@/ui/Avatar'
import { plain, Sentence } from '@/ui/Sentence'
import { count, time } from '@/ui/time'
import { headline, originIcon, originWords } from './origin'

/** What a revision says in a list: its title or first sentence, and a second line of why. */
export function RevisionWords({ revision }: { revision: RevisionView }) {
  const { edits, title, reason, revertedBy } = revision
  // The server's own title of a revert or restore says so already.
  const origin = /^(Revert|Restore) /.test(title) ? '' : originWords(revision)
  const sub = [
    reason && `“${reason}”`,
    // A title says why; what it did stands below it.
    title && edits[0] && plain(edits[0].sentence) !== title && plain(edits[0].sentence),
    edits.length > 1 && `and ${count(edits.length - 1, 'more edit')}`,
    revertedBy !== undefined && `reverted by r${revertedBy}`,
  ].filter(Boolean)
  return (
    <div className="rev-words">
      {origin && (
        <b>
          {origin[0]!.toUpperCase() + origin.slice(1)}
          {edits.length > 0 && ': '}
        </b>
      )}
      {title || !edits[0] ? headline(revision) : <Sentence parts={edits[0].sentence} />}
      {sub.length > 0 && <div className="rev-sub">{sub.join(' · ')}</div>}
    </div>
  )
}

export function RevisionRow({
  revision,
  selected,
  onSelect,
}: {
  revision: RevisionView
  selected: boolean
  onSelect: () => void
}) {
  const icon = originIcon(revision)
  return (
    <li>
      <button
        type="button"
        className={`rev${selected ? ' sel' : ''}`}
        data-row={revision.number}
        aria-current={selected || undefined}
        onClick={onSelect}
      >
        <span className="rno">r{revision.number}</span>
        <Avatar name={revision.authorName} {...(icon ? { icon } : {})} />
        <span className="vh">{revision.authorName}: </span>
        <RevisionWords revision={revision} />
        <time className="rev-when" dateTime={revision.at}>
          {time(revision.at)}
        </time>
      </button>
    </li>
  )
}
