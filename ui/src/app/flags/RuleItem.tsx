import { type DragEvent, type KeyboardEvent, useState } from 'react'
import type { Clause, FlagDetail, Serve } from '@/api/types'
import { partOf } from '@/shell/tray/merge'
import { Button, IconButton } from '@/ui/Button'
import { Icon } from '@/ui/Icon'
import { Menu, MenuItem } from '@/ui/Menu'
import { percent } from '@/ui/SplitBar'
import { State } from '@/ui/State'
import { number } from '@/ui/time'
import { ClauseEditor } from './ClauseEditor'
import { clauseWords, isComplete } from './clauses'
import { type RuleRow, serveOf } from './draft'
import { isDivided, sharesOf } from './rollout'
import { ServeEditor } from './ServeEditor'
import type { FlagDraft } from './useFlagDraft'
import type { Vocabulary } from './useVocabulary'
import { VariationName } from './words'

export function Conditions({
  clauses,
  vocabulary,
  edited,
}: {
  clauses: readonly Clause[]
  vocabulary: Vocabulary
  edited?: boolean
}) {
  if (clauses.length === 0) return <>everyone</>
  return clauses.map((clause, i) => (
    <span key={i}>
      {i > 0 && ' and '}
      <span className={edited ? 'tok edited' : 'tok'}>{clauseWords(clause, vocabulary.segmentName)}</span>
    </span>
  ))
}

export function ServeWords({ draft, serve }: { draft: FlagDraft; serve: Serve }) {
  const shares = sharesOf(serve)
  if (shares.length === 0) return <span className="t3">nothing chosen</span>
  if (shares.length === 1)
    return (
      <VariationName
        flag={draft.flag}
        index={shares[0]!.variation}
        canary={isDivided(draft.flag, draft.targeting)}
      />
    )
  return (
    <span className="mix">
      {shares.map((share) => (
        <span key={share.variation} className="row">
          <VariationName flag={draft.flag} index={share.variation} canary />
          <span className="num">{percent(share.weight / 1000)}</span>
        </span>
      ))}
    </span>
  )
}

/** How much of what is asked ends at this rule; only what was counted is said. */
export function Served({ detail, rule }: { detail: FlagDetail; rule?: string }) {
  const found = detail.served.byRule.find((each) =>
    rule === undefined ? each.rule === undefined && /fall.?through/i.test(each.reason) : each.rule === rule,
  )
  return (
    <span className="s t2 num r served">
      {found && (
        <>
          {number(found.evaluations)} <span className="t3">· {percent(found.percent)}</span>
        </>
      )}
    </span>
  )
}

interface Props {
  row: RuleRow
  detail: FlagDetail
  draft: FlagDraft
  vocabulary: Vocabulary
  open: boolean
  onOpen: (open: boolean) => void
  drag: {
    over: boolean
    start: (event: DragEvent) => void
    enter: () => void
    end: () => void
  }
}

export function RuleItem({ row, detail, draft, vocabulary, open, onOpen, drag }: Props) {
  const { rule, state } = row
  const at = (row.number ?? 0) - 1
  const last = (draft.targeting.rules?.length ?? 0) - 1
  const move = (index: number) => {
    if (!draft.refuses('rules') && index >= 0 && index <= last)
      draft.set({ type: 'moveRule', rule: rule.id, index })
  }
  const keys = (event: KeyboardEvent) => {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key]
    if (!by) return
    event.preventDefault()
    move(at + by)
  }
  const takeBack = () => {
    const own = draft.ops.filter(
      (op) => ('rule' in op && op.rule === rule.id) || (op.type === 'addRule' && op.rule.id === rule.id),
    )
    for (const op of own) draft.drop(op)
  }
  const words = rule.clauses.map((clause) => clauseWords(clause, vocabulary.segmentName)).join(' and ')
  return (
    <li
      className={`rule ${state}${drag.over ? ' over' : ''}`}
      onDragOver={(event) => {
        event.preventDefault()
        drag.enter()
      }}
      onDrop={(event) => {
        event.preventDefault()
        drag.end()
      }}
    >
      <span className="no">
        {row.number !== undefined && (
          <button
            type="button"
            className="handle"
            draggable={!draft.refuses('rules')}
            aria-label={`Rule ${row.number}, move with arrow keys`}
            title={draft.refuses('rules') ?? 'Drag, or arrow keys'}
            onDragStart={drag.start}
            onKeyDown={keys}
          >
            <Icon name="drag" size={14} />
          </button>
        )}
        {row.number ?? '–'}
      </span>
      <span className="cond">
        <Conditions
          clauses={rule.clauses}
          vocabulary={vocabulary}
          edited={row.clausesEdited || state === 'added'}
        />{' '}
        {rule.description && <span className="s t3">{rule.description}</span>}{' '}
        {state !== 'same' && (
          <State kind="edited">
            {state === 'edited'
              ? row.movedFrom && row.movedFrom !== row.number
                ? `was number ${row.movedFrom}`
                : 'edited'
              : state}
          </State>
        )}
      </span>
      <span>
        <ServeWords draft={draft} serve={serveOf(rule)} />
      </span>
      <Served detail={detail} rule={rule.id} />
      <span className="acts">
        {state === 'removed' ? (
          <IconButton icon="undo" label={`Keep the rule ${words}`} onClick={takeBack} />
        ) : (
          <Menu
            align="end"
            label={`Rule ${row.number}`}
            trigger={<IconButton icon="more" label={`Rule ${row.number}: ${words}`} />}
          >
            <MenuItem
              onSelect={() => onOpen(!open)}
              refused={draft.refuses('rules') && draft.refuses('percentage')}
            >
              {open ? 'Close' : 'Edit'}
            </MenuItem>
            <MenuItem
              onSelect={() => move(at - 1)}
              refused={draft.refuses('rules') ?? (at === 0 ? 'It is the first.' : undefined)}
            >
              Move up
            </MenuItem>
            <MenuItem
              onSelect={() => move(at + 1)}
              refused={draft.refuses('rules') ?? (at === last ? 'It is the last.' : undefined)}
            >
              Move down
            </MenuItem>
            <MenuItem
              onSelect={() => draft.set({ type: 'removeRule', rule: rule.id })}
              refused={draft.refuses('rules')}
            >
              Remove
            </MenuItem>
            {state !== 'same' && <MenuItem onSelect={takeBack}>Take back what you changed</MenuItem>}
          </Menu>
        )}
      </span>
      {row.live && (row.clausesEdited || row.serveEdited) && (
        <p className="below s t3">
          now: <Conditions clauses={row.live.clauses} vocabulary={vocabulary} /> get{' '}
          {sharesOf(row.live)
            .map(
              (share) => `${draft.liveFlag.variations[share.variation]?.id} ${percent(share.weight / 1000)}`,
            )
            .join(', ')}
        </p>
      )}
      {open && state !== 'removed' && (
        <div className="below">
          <OpenRule {...{ row, draft, vocabulary }} onClose={() => onOpen(false)} />
        </div>
      )}
    </li>
  )
}

/** A rule's conditions and serving; each goes into the change as soon as it is whole. */
function OpenRule({
  row,
  draft,
  vocabulary,
  onClose,
}: {
  row: RuleRow
  draft: FlagDraft
  vocabulary: Vocabulary
  onClose: () => void
}) {
  const { rule } = row
  const [clauses, setClauses] = useState<Clause[]>()
  const shown = clauses ?? rule.clauses
  const incomplete = shown.some((clause) => !isComplete(clause))
  const change = (next: Clause[]) => {
    const whole = next.every(isComplete)
    setClauses(whole ? undefined : next)
    if (whole) draft.set({ type: 'setClauses', rule: rule.id, clauses: next })
  }
  const serveOp = { type: 'setServe' as const, rule: rule.id, serve: serveOf(rule) }
  return (
    <div className={`editbox${row.state === 'same' ? '' : ' edited'}`} style={{ margin: '6px 0 4px' }}>
      <fieldset disabled={!!draft.refuses('rules')} title={draft.refuses('rules')}>
        <ClauseEditor clauses={shown} vocabulary={vocabulary} onChange={change} />
      </fieldset>
      <ServeEditor
        flag={draft.flag}
        serve={serveOf(rule)}
        live={row.live && serveOf(row.live)}
        edited={draft.has('setServe', partOf(serveOp)) || row.state === 'added'}
        contextKinds={vocabulary.contextKinds}
        label={`Rule ${row.number}`}
        refused={draft.refuses('percentage')}
        onChange={(serve) => draft.set({ type: 'setServe', rule: rule.id, serve })}
      />
      <div className="row">
        <Button small onClick={onClose}>
          Close
        </Button>
        {incomplete && <span className="note">A condition without values is not in your change yet.</span>}
      </div>
    </div>
  )
}
