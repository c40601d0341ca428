import type { Impact } from '@/api/types'
import { Shape } from '@/ui/State'
import { count, number, windowWords } from '@/ui/time'
import { FlagMoves } from './FlagMoves'
import './impact.css'

const percent = (value: number) => `${Number(value.toFixed(1))} %`
const rate = (value: number) => `${number(Number(value.toFixed(value < 10 ? 1 : 0)))}`

/** Who moves, which requests go elsewhere, which service gets more or less, and on what that rests. */
export function Affected({ impact, named = true }: { impact: Impact; named?: boolean }) {
  const flags = impact.flags.filter((each) => each.moved > 0)
  const routes = impact.routes.filter((each) => each.moved > 0)
  const still = impact.flags.length - flags.length
  return (
    <div className="stack affected">
      {flags.map((flag) => (
        <FlagMoves key={flag.flag} flag={flag} named={named && impact.flags.length > 1} />
      ))}
      {flags.length === 0 && routes.length === 0 && (
        <p className="big t2">
          {impact.sample.contexts + impact.sample.requests > 0
            ? 'Nobody in the sample moves.'
            : 'Nobody was seen in the window.'}
        </p>
      )}
      {flags.length > 0 && still > 0 && (
        <p className="note">{count(still, 'other flag')} it touches: nobody moves.</p>
      )}
      {routes.map((route) => (
        <section key={route.route}>
          <p>
            <b>{route.name || route.route}</b>: <b className="num">{number(route.moved)}</b> of{' '}
            <span className="num">{number(route.requests)}</span> sampled requests go elsewhere.
          </p>
          <ul className="s t2 num">
            {route.moves.map((move) => (
              <li key={`${move.from} ${move.to}`}>
                <code>{move.from ?? 'not here'}</code> → <code>{move.to ?? 'not here'}</code>{' '}
                {number(move.requests)}
              </li>
            ))}
          </ul>
        </section>
      ))}
      {impact.services.length > 0 && (
        <ul className="loads">
          {impact.services.map((each) => (
            <li key={`${each.service} ${each.subset}`}>
              <span>
                <b>
                  {each.service} {each.subset}
                </b>
              </span>
              <span className="num t2">
                {rate(each.beforeRps)} → <b>{rate(each.afterRps)}</b> req/s{' '}
                <span className="t3">
                  {percent(each.beforePercent)} → {percent(each.afterPercent)}
                </span>
              </span>
            </li>
          ))}
        </ul>
      )}
      {impact.dependents.length > 0 && (
        <p className="s t2">
          Depends on it:{' '}
          {impact.dependents.map((each) => `${each.target.kind} ${each.target.key} (${each.why})`).join(', ')}
          .
        </p>
      )}
      <SampleNote impact={impact} />
    </div>
  )
}

/** On what the numbers rest; it says so where that is too little. */
export function SampleNote({ impact }: { impact: Impact }) {
  const { sample } = impact
  return (
    <div className="note">
      {!sample.enough && (
        <p className="row start warn-line">
          <Shape kind="warn" />
          <span>{sample.note ?? 'Too few were seen to judge by.'}</span>
        </p>
      )}
      <p>
        Sample: {of(sample.contexts, sample.contextsSeen, 'context')} and{' '}
        {of(sample.requests, sample.requestsSeen, 'request')}
        {sample.seconds > 0 && `, seen within ${windowWords(Math.max(60, sample.seconds))}`}. Both snapshots
        were run for each.
        {sample.enough && sample.note && ` ${sample.note}`}
      </p>
      {sample.missing.map((each) => (
        <p key={`${each.contextKind} ${each.attribute}`}>
          <code>
            {each.contextKind}.{each.attribute}
          </code>
          : {each.because}
        </p>
      ))}
    </div>
  )
}

/** "900 contexts", "900 of about 12,000 contexts" where not all are kept. */
const of = (kept: number, seen: number, one: string) =>
  seen > kept ? `${number(kept)} of about ${count(seen, one)}` : count(kept, one)
