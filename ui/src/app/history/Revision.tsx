import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import type { RevisionView } from '@/api/types'
import { refusal, useScope } from '@/scope'
import { kindIcon } from '@/shell/tray/kindIcon'
import { Who } from '@/ui/Avatar'
import { Button } from '@/ui/Button'
import { Card, Fact, Facts } from '@/ui/Card'
import { Details, Difference } from '@/ui/Details'
import { Icon } from '@/ui/Icon'
import { plain, Sentence } from '@/ui/Sentence'
import { Tag } from '@/ui/State'
import { count, day, timeSeconds } from '@/ui/time'
import { Unseen } from '@/ui/Unseen'
import { headline, originIcon, originWords } from './origin'
import type { Back } from './queries'

/** So many edits stand at once: Revert, below them, is to be in sight. */
const some = 8

/** One revision in full, beside the timeline. */
export function Revision({
  revision,
  onBack,
  onClose,
}: {
  revision: RevisionView
  onBack: (how: Back) => void
  onClose: () => void
}) {
  const { project, environment, can, member } = useScope()
  const icon = originIcon(revision)
  const refused = can('revert') ? undefined : refusal('revert', member)
  const origin = originWords(revision)
  const params = { project: project.key, environment: environment.key }
  const [all, setAll] = useState(false)
  const edits = all ? revision.edits : revision.edits.slice(0, some)
  return (
    <Card
      className="revision"
      title={
        <>
          r{revision.number} {origin && <span className="t3">{origin}</span>}
        </>
      }
      more={
        <>
          <span className="num">
            {day(revision.at)} {timeSeconds(revision.at)}
          </span>
          <Button small look="quiet" className="phone" onClick={onClose}>
            Close
          </Button>
        </>
      }
    >
      <div className="stack">
        {revision.title && revision.title !== (revision.edits[0] && plain(revision.edits[0].sentence)) && (
          <p className="big">{revision.title}</p>
        )}
        <ul className="stack tight">
          {edits.map((edit, i) => (
            <li className="rev-edit" key={i}>
              <Icon name={kindIcon[edit.target.kind]} />
              <div className="grow">
                <Sentence parts={edit.sentence} />
                <Details summary="Technical difference">
                  <Difference lines={edit.difference} />
                </Details>
              </div>
            </li>
          ))}
          {edits.length < revision.edits.length && (
            <li>
              <Button small look="quiet" onClick={() => setAll(true)}>
                {count(revision.edits.length - edits.length, 'more edit')}
              </Button>
            </li>
          )}
          <Unseen edits={revision.hidden} className="rev-edit" />
          {revision.edits.length === 0 && !revision.hidden && <li className="t2">{headline(revision)}</li>}
        </ul>
        <Facts>
          <Fact label="Author">
            <Who name={revision.authorName} {...(icon ? { icon } : {})} />
          </Fact>
          <Fact label="Reason">{revision.reason || <span className="t3">none given</span>}</Fact>
          <Fact label="Touches">
            {revision.environments.map((each) => (
              <Tag key={each}>{project.environments.find(({ key }) => key === each)?.name ?? each}</Tag>
            ))}
          </Fact>
          {revision.origin.type === 'change' && (
            <Fact label="Change">
              <Link
                className="link"
                to="/p/$project/$environment/changes/$number"
                params={{ ...params, number: String(revision.origin.number) }}
              >
                C-{revision.origin.number}, who agreed and what was said
              </Link>
            </Fact>
          )}
          {revision.origin.type === 'trigger' && (
            <Fact label="Set off by">
              {revision.origin.name}
              {revision.origin.payload && <code className="t2"> {revision.origin.payload}</code>}
            </Fact>
          )}
          {revision.revertedBy !== undefined && (
            <Fact label="Reverted">
              <Link
                className="link"
                from="/p/$project/$environment/history"
                to="."
                search={(old) => ({ ...old, r: revision.revertedBy })}
              >
                by r{revision.revertedBy}
              </Link>
            </Fact>
          )}
          {revision.edits.length === 1 && (
            <Fact label="Resource">
              <Link
                className="link"
                to="/p/$project/$environment/history"
                params={params}
                search={{ key: revision.edits[0]!.target.key }}
              >
                Everything about {revision.edits[0]!.target.key}
              </Link>
            </Fact>
          )}
        </Facts>
        {revision.number !== project.head && (
          <Link
            className="btn plain sm"
            to="/p/$project/$environment/flags"
            params={params}
            search={{ at: revision.number }}
          >
            <Icon name="history" />
            See everything as it was at r{revision.number}
          </Link>
        )}
        <div className="row wrap">
          <Button
            className="grow"
            icon="undo"
            shortcut="R"
            refused={
              revision.revertedBy !== undefined ? `r${revision.revertedBy} reverted it already.` : refused
            }
            onClick={() => onBack('revert')}
          >
            Revert…
          </Button>
          <Button
            className="grow"
            icon="restore"
            refused={revision.number === project.head ? 'This is what is live now.' : refused}
            onClick={() => onBack('restore')}
          >
            Restore to r{revision.number}…
          </Button>
        </div>
      </div>
    </Card>
  )
}
