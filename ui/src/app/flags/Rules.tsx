import { useState } from 'react'
import type { FlagDetail } from '@/api/types'
import { Button } from '@/ui/Button'
import { Card } from '@/ui/Card'
import { Menu, MenuItem } from '@/ui/Menu'
import { EveryoneElse } from './EveryoneElse'
import { NewRule } from './NewRule'
import { RuleItem } from './RuleItem'
import { Individuals, Prerequisites, WhenOff } from './Singles'
import type { FlagDraft } from './useFlagDraft'
import { useVocabulary } from './useVocabulary'

/** All that decides, in the order in which it is asked: who must answer first, individuals, rules, the rest. */
export function Rules({
  detail,
  draft,
  open,
  onOpen,
}: {
  detail: FlagDetail
  draft: FlagDraft
  open: string | undefined
  onOpen: (rule: string | undefined) => void
}) {
  const vocabulary = useVocabulary()
  const [adding, setAdding] = useState<'individuals' | 'prerequisite'>()
  const [dragged, setDragged] = useState<string>()
  const [over, setOver] = useState<string>()
  const drop = () => {
    const row = draft.rows.find((each) => each.rule.id === over)
    if (dragged && row?.number !== undefined && dragged !== over)
      draft.set({ type: 'moveRule', rule: dragged, index: row.number - 1 })
    setDragged(undefined)
    setOver(undefined)
  }
  const rule = (
    <Button small look="quiet" icon="plus" refused={draft.refuses('rules')} onClick={() => onOpen('new')}>
      Add rule
    </Button>
  )
  return (
    <Card
      flush
      title={
        <>
          Rules <span className="n">first match wins</span>
        </>
      }
      more={
        <span className="desk">
          <span className="row">
            {rule}
            <Menu
              align="end"
              label="Add"
              trigger={<Button small look="quiet" icon="down" aria-label="Add something else" />}
            >
              <MenuItem refused={draft.refuses('targets')} onSelect={() => setAdding('individuals')}>
                Individual targets
              </MenuItem>
              <MenuItem refused={draft.refuses('prerequisites')} onSelect={() => setAdding('prerequisite')}>
                A flag that must answer first
              </MenuItem>
            </Menu>
          </span>
        </span>
      }
    >
      <Prerequisites
        {...{ draft, vocabulary }}
        adding={adding === 'prerequisite'}
        onDone={() => setAdding(undefined)}
      />
      <Individuals
        {...{ draft, vocabulary }}
        adding={adding === 'individuals'}
        onDone={() => setAdding(undefined)}
      />
      <ol className="rulelist">
        {draft.rows.map((row) => (
          <RuleItem
            key={row.rule.id}
            {...{ row, detail, draft, vocabulary }}
            open={open === row.rule.id}
            onOpen={(next) => onOpen(next ? row.rule.id : undefined)}
            drag={{
              over: !!dragged && over === row.rule.id && dragged !== over,
              start: (event) => {
                event.dataTransfer.effectAllowed = 'move'
                event.dataTransfer.setData('text/plain', row.rule.id)
                setDragged(row.rule.id)
              },
              enter: () => dragged && setOver(row.rule.id),
              end: drop,
            }}
          />
        ))}
      </ol>
      {open === 'new' && <NewRule {...{ draft, vocabulary }} onClose={() => onOpen(undefined)} />}
      <EveryoneElse
        {...{ detail, draft, vocabulary }}
        open={open === 'everyone'}
        onOpen={(next) => onOpen(next ? 'everyone' : undefined)}
      />
      <WhenOff draft={draft} />
    </Card>
  )
}
