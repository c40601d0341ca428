import { useState } from 'react'
import type { FlagImpact } from '@/api/types'
import { Button } from '@/ui/Button'
import { SplitBar } from '@/ui/SplitBar'
import { number } from '@/ui/time'
import { Movers } from './Movers'
import { byAttribute, counted, headline } from './words'
import './impact.css'

/** How many move to what, drawn and by attribute; those who do can be opened one by one. */
export function FlagMoves({ flag, named, small }: { flag: FlagImpact; named?: boolean; small?: boolean }) {
  const [open, setOpen] = useState(false)
  const found = headline(flag)
  const many = counted(flag)
  const name = named && (
    <>
      <code>{flag.flag}</code>:{' '}
    </>
  )
  if (!found)
    return (
      <p className={small ? 't2' : 'big t2'}>
        {name}
        {flag.asked > 0
          ? `None of ${number(flag.asked)} sampled ${many} moves.`
          : 'Nobody asked for it in the sample.'}
      </p>
    )
  return (
    <div className="moves">
      <p className={small ? undefined : 'big'}>
        {name}
        <b className="num">{number(found.moved)}</b> of <span className="num">{number(flag.asked)}</span>{' '}
        sampled {many} move to <code>{found.to}</code>, <b className="num">{number(found.back)}</b> back
        {found.others > 0 && `, ${number(found.others)} between others`}.
      </p>
      <div>
        <SplitBar
          size="m"
          label={`${number(flag.moved)} move, ${number(flag.asked - flag.moved)} stay`}
          parts={[
            { id: 'move', percent: flag.moved, tone: 'edited' },
            { id: 'stay', percent: flag.asked - flag.moved, tone: 'off' },
          ]}
        />
        <p className="row between xs num moves-legend">
          <span className="moved">{number(flag.moved)} move</span>
          <span className="t2">{number(flag.asked - flag.moved)} stay</span>
        </p>
      </div>
      {!small &&
        byAttribute(flag.by).map((group) => (
          <Bars key={group.attribute} title={group.attribute} rows={group.values} all={flag.moved} />
        ))}
      {!small && flag.examples.length > 0 && (
        <div>
          <Button small onClick={() => setOpen(true)}>
            Open the movers
          </Button>
        </div>
      )}
      {open && <Movers flag={flag} onClose={() => setOpen(false)} />}
    </div>
  )
}

function Bars({
  title,
  rows,
  all,
}: {
  title: string
  rows: { value: string; contexts: number }[]
  all: number
}) {
  const most = Math.max(...rows.map((each) => each.contexts))
  const [first] = rows
  return (
    <section>
      <h3>
        {first && first.contexts * 2 > all ? (
          <>
            Most are <code>{title}</code> {first.value}
          </>
        ) : (
          <>
            By <code>{title}</code>
          </>
        )}
      </h3>
      <ul>
        {rows.map((row) => (
          <li key={row.value} className="hbar">
            <span className="ell" title={row.value}>
              {row.value}
            </span>
            <span>
              <i className="tone-edited" style={{ width: `${(row.contexts / most) * 100}%` }} />
            </span>
            <span className="num r">{number(row.contexts)}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}
