import { useState } from 'react'
import type { Segment } from '@/api/types'
import { Button, Chip } from '@/ui/Button'
import { Card } from '@/ui/Card'
import { Details } from '@/ui/Details'
import { State } from '@/ui/State'
import { count } from '@/ui/time'
import { useVocabulary } from '../flags/useVocabulary'
import { DetailFields } from '../resources/DetailFields'
import { KeyList } from '../resources/KeyList'
import { ManagedMark } from '../resources/ManagedMark'
import { useResourceDraft } from '../resources/useResourceDraft'
import { BigKeys } from './BigKeys'
import { keyCount, keysOf, listedKinds, withKeys } from './lists'
import { SegmentRules } from './SegmentRules'

type Listed = Segment & { revision: number }

/** Who belongs to it: listed, not listed, by rules. All of it can be edited into the change. */
export function SegmentDetail({ segment, onClose }: { segment: Listed; onClose: () => void }) {
  const vocabulary = useVocabulary()
  const { live, draft, edited, refused, detailsRefused, set, drop, forbidden, takeOver, handToGit, target } =
    useResourceDraft('segment', segment, 'editFlags')
  const kinds = [...new Set([...listedKinds(draft), ...vocabulary.contextKinds])]
  const [kind, setKind] = useState(kinds[0] ?? 'user')
  return (
    <Card
      edited={edited}
      title={draft.name ?? draft.key}
      more={
        <>
          <ManagedMark
            {...{ target, live, draft }}
            refused={forbidden}
            onTakeOver={takeOver}
            onHandOver={handToGit}
          />
          {edited && (
            <>
              <State kind="edited">in your change</State>
              <Button small look="quiet" icon="undo" onClick={drop}>
                Take back
              </Button>
            </>
          )}
          <Button small look="quiet" onClick={onClose}>
            Close
          </Button>
        </>
      }
    >
      <div className="stack">
        {draft.description && <p className="t2">{draft.description}</p>}
        <p className="note">
          <code>{draft.key}</code> · {count(keyCount(draft, 'included'), 'key')} included,{' '}
          {keyCount(draft, 'excluded')} excluded. Who is included is in, whatever else says so; then who is
          excluded is out; then the rules decide.
        </p>
        <BigKeys segment={draft} refused={refused} onSet={(big) => set({ ...draft, ...big })} />
        {!draft.list && kinds.length > 1 && (
          <div className="row wrap" role="group" aria-label="Keys of">
            {kinds.map((each) => (
              <Chip key={each} pressed={each === kind} onClick={() => setKind(each)}>
                {each}
              </Chip>
            ))}
          </div>
        )}
        {!draft.list &&
          (['included', 'excluded'] as const).map((list) => (
            <KeyList
              key={`${list} ${kind}`}
              label={`${list === 'included' ? 'Included' : 'Excluded'} keys, ${kind}`}
              one="key"
              values={keysOf(draft, list, kind)}
              refused={refused}
              onSave={(values) => set(withKeys(draft, list, kind, values))}
            />
          ))}
        <SegmentRules
          rules={draft.rules ?? []}
          vocabulary={vocabulary}
          refused={refused}
          onChange={(rules) => {
            const { rules: _rules, ...rest } = draft
            set(rules.length > 0 ? { ...rest, rules } : rest)
          }}
        />
        <Details summary="Name, owner, what it is for">
          <DetailFields value={draft} refused={detailsRefused} onSave={set} />
        </Details>
      </div>
    </Card>
  )
}
