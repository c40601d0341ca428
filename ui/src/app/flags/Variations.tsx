import { useState } from 'react'
import type { FlagDetail } from '@/api/types'
import { Button, IconButton } from '@/ui/Button'
import { Card } from '@/ui/Card'
import { Field } from '@/ui/Field'
import { percent } from '@/ui/SplitBar'
import { State } from '@/ui/State'
import { Table } from '@/ui/Table'
import { kindOfValue, readValue, readVariations } from './newFlag'
import type { FlagDraft } from './useFlagDraft'
import { VariationName } from './words'

/** A flag's values in their fixed order: new ones go to the end, and only the last can go. */
export function Variations({ detail, draft }: { detail: FlagDetail; draft: FlagDraft }) {
  const { variations } = draft.flag
  const [id, setId] = useState('')
  const [value, setValue] = useState('')
  const [tried, setTried] = useState(false)
  const kind = kindOfValue(variations[0]?.value ?? '')
  const read = readVariations([{ id, value }], kind)
  const taken = variations.some((each) => each.id === id) ? 'Taken.' : undefined
  const reasons = 'reasons' in read ? read.reasons[0] : undefined
  return (
    <Card flush title="Variations">
      <Table
        label="Variations"
        head={
          <>
            <th>Variation</th>
            <th>Value</th>
            <th>Served</th>
            <th>
              <span className="vh">Actions</span>
            </th>
          </>
        }
      >
        {variations.map((each, i) => {
          const live = detail.flag.variations.some((old) => old.id === each.id)
          const changed = draft.flagOps.find(
            (op) => (op.type === 'setVariation' || op.type === 'addVariation') && op.variation.id === each.id,
          )
          const share = detail.served.shares.find((found) => found.variation === each.id)
          return (
            <tr key={each.id}>
              <td>
                <span className="row">
                  <VariationName flag={draft.flag} index={i} canary />
                  {changed && <State kind="edited">{live ? 'edited' : 'added'}</State>}
                </span>
              </td>
              <td>
                <ValueCell
                  id={each.id}
                  text={typeof each.value === 'string' ? each.value : JSON.stringify(each.value)}
                  readOnly={!!draft.flagRefused || kind === 'boolean'}
                  onValue={(text) => {
                    const next = readValue(text, kind)
                    if ('value' in next)
                      draft.setFlag({
                        type: live ? 'setVariation' : 'addVariation',
                        variation: { ...each, value: next.value },
                      })
                    return 'value' in next
                  }}
                />
              </td>
              <td className="num">{share ? percent(share.percent) : 'to nobody'}</td>
              <td className="r">
                {changed ? (
                  <IconButton
                    icon="undo"
                    label={`Take back ${each.id}`}
                    onClick={() => draft.dropFlag(changed)}
                  />
                ) : (
                  i === variations.length - 1 &&
                  i > 0 && (
                    <Button
                      small
                      look="quiet"
                      refused={draft.flagRefused}
                      onClick={() => draft.setFlag({ type: 'removeVariation', id: each.id })}
                    >
                      Remove
                    </Button>
                  )
                )}
              </td>
            </tr>
          )
        })}
      </Table>
      {kind !== 'boolean' && (
        <form
          className="card-body var-row"
          onSubmit={(event) => {
            event.preventDefault()
            setTried(true)
            if (taken || !('variations' in read)) return
            draft.setFlag({ type: 'addVariation', variation: read.variations[0]! })
            setId('')
            setValue('')
            setTried(false)
          }}
        >
          <Field
            label="New variation"
            value={id}
            error={tried ? (taken ?? reasons?.id) : undefined}
            onChange={(event) => setId(event.target.value)}
          />
          <Field
            label="Its value"
            className="mono"
            value={value}
            error={tried ? reasons?.value : undefined}
            onChange={(event) => setValue(event.target.value)}
          />
          <IconButton
            type="submit"
            icon="plus"
            label="Add the variation to your change"
            disabled={!!draft.flagRefused}
            style={{ marginTop: 24 }}
          />
        </form>
      )}
    </Card>
  )
}

function ValueCell({
  id,
  text,
  readOnly,
  onValue,
}: {
  id: string
  text: string
  readOnly: boolean
  onValue: (text: string) => boolean
}) {
  const [typed, setTyped] = useState<string>()
  const [bad, setBad] = useState(false)
  if (readOnly) return <code>{text}</code>
  return (
    <Field
      label={`Value of ${id}`}
      hideLabel
      className="mono"
      value={typed ?? text}
      error={bad ? 'It does not fit the type of the others.' : undefined}
      onChange={(event) => setTyped(event.target.value)}
      onBlur={() => {
        if (typed === undefined || typed === text) return
        const fits = onValue(typed)
        setBad(!fits)
        if (fits) setTyped(undefined)
      }}
    />
  )
}
