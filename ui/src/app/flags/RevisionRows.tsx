import { Link, useParams } from '@tanstack/react-router'
import type { RevisionView } from '@/api/types'
import { Avatar } from '@/ui/Avatar'
import { plain, Sentence } from '@/ui/Sentence'
import { when } from '@/ui/time'

/** Revisions, each as the sentences that `own` picks out of it. */
export function RevisionRows({
  revisions,
  own,
}: {
  revisions: RevisionView[]
  own: (target: RevisionView['edits'][number]['target']) => boolean
}) {
  const params = useParams({ from: '/p/$project/$environment' })
  return revisions.map((revision) => (
    <Link
      key={revision.number}
      className="item"
      to="/p/$project/$environment/history"
      params={params}
      search={{ r: revision.number }}
    >
      <span className="rno">r{revision.number}</span>
      <Avatar
        name={revision.authorName}
        {...(revision.origin.type === 'files' ? { icon: 'code' as const } : {})}
      />
      <span className="grow revision-words">
        {revision.edits
          .filter(({ target }) => own(target))
          .map((edit) => (
            <span key={plain(edit.sentence)}>
              <Sentence parts={edit.sentence} />{' '}
            </span>
          ))}
        {revision.reason && <span className="t3">{revision.reason}</span>}
        {revision.revertedBy !== undefined && <span className="t3"> reverted by r{revision.revertedBy}</span>}
      </span>
      <span className="xs t3 nowrap">{when(revision.at)}</span>
    </Link>
  ))
}
