import { Link } from '@tanstack/react-router'
import type { ChangeView } from '@/api/types'
import { useScope } from '@/scope'
import { Avatar } from '@/ui/Avatar'
import { plain } from '@/ui/Sentence'
import { State, Tag } from '@/ui/State'
import { ago, count } from '@/ui/time'
import { approvals, standing, titleOf } from './state'

/** One change in a list: what it says, who says so, where, and how far it is. */
export function ChangeRow({ change, selected }: { change: ChangeView; selected?: boolean }) {
  const { project, environment } = useScope()
  const { kind, word } = standing(change)
  const [first] = change.check.edits
  const progress = approvals(change)
  const sub = [
    change.authorName,
    `C-${change.number}`,
    change.title && first && plain(first.sentence),
    change.check.edits.length > 1 && count(change.check.edits.length, 'edit'),
    change.after.length > 0 && `after ${change.after.map(({ number }) => `C-${number}`).join(' and ')}`,
    change.comments > 0 && count(change.comments, 'comment'),
  ].filter(Boolean)
  return (
    <Link
      className={`item change-row${selected ? ' focus' : ''}`}
      data-row={change.number}
      to="/p/$project/$environment/changes/$number"
      params={{ project: project.key, environment: environment.key, number: String(change.number) }}
    >
      <Avatar name={change.authorName} />
      <span className="grow">
        <span className="change-title">{titleOf(change)}</span>
        <span className="s t3 ell">{sub.join(' · ')}</span>
      </span>
      <span className="desk">
        {change.check.environments.map((each) => (
          <Tag key={each}>{project.environments.find(({ key }) => key === each)?.name ?? each}</Tag>
        ))}
      </span>
      <span className="change-how">
        <State kind={kind}>{word}</State>
        {progress && change.state !== 'applied' && (
          <span className="s t2 num">
            {progress.have} of {count(progress.need, 'approval')}
          </span>
        )}
      </span>
      <time className="xs t3 nowrap num change-age" dateTime={change.updatedAt}>
        {ago(change.updatedAt)}
      </time>
    </Link>
  )
}
