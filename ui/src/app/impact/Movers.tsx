import type { FlagImpact, Json } from '@/api/types'
import { Button } from '@/ui/Button'
import { Sheet } from '@/ui/Sheet'
import { Table } from '@/ui/Table'
import { number } from '@/ui/time'
import { gotWords } from './words'

const words = (value: Json) => (typeof value === 'string' ? value : JSON.stringify(value))

/** Some of those who move, one by one, with why. */
export function Movers({ flag, onClose }: { flag: FlagImpact; onClose: () => void }) {
  return (
    <Sheet
      open
      wide
      onClose={onClose}
      title={
        <>
          Who moves in <span className="mono">{flag.flag}</span>
        </>
      }
      description={`${flag.examples.length} of ${number(flag.moved)}, of those who were seen. Attributes are the ones that rules refer to.`}
    >
      <div className="sheet-list">
        <Table
          label="Movers"
          head={
            <>
              <th>Who</th>
              <th>From</th>
              <th>To</th>
              <th>Why</th>
            </>
          }
        >
          {flag.examples.map((each) => (
            <tr key={`${each.contextKind} ${each.key}`}>
              <td className="wrap-cell">
                <span className="mono">{each.key}</span> <span className="t3 s">{each.contextKind}</span>
                <span className="s t2 mover-attributes">
                  {Object.entries(each.attributes)
                    .map(([name, value]) => `${name} ${words(value)}`)
                    .join(' · ')}
                </span>
              </td>
              <td className="mono">{gotWords(each.from)}</td>
              <td className="mono">
                <b>{gotWords(each.to)}</b>
              </td>
              <td className="wrap-cell s t2">
                {each.why}
                {each.whyBefore && each.whyBefore !== each.why && (
                  <span className="t3 mover-attributes">now: {each.whyBefore}</span>
                )}
              </td>
            </tr>
          ))}
        </Table>
      </div>
      <div className="sheet-acts">
        <Button look="primary" onClick={onClose}>
          Done
        </Button>
      </div>
    </Sheet>
  )
}
