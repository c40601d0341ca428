import { Link } from '@tanstack/react-router'
import type { Explanation } from '@/api/types'
import { useScope } from '@/scope'
import { Details } from '@/ui/Details'
import { Sentence } from '@/ui/Sentence'
import { Shape } from '@/ui/State'
import './explain.css'

/** A decision hop by hop, with what it was made from one click away. */
export function Hops({ explanation }: { explanation: Explanation }) {
  const { project, environment } = useScope()
  const params = { project: project.key, environment: environment.key }
  const { routes, flag, split, steps, removedHeaders, context, sentence, revision } = explanation
  const matched = routes.find((route) => route.matched)
  return (
    <div className="stack">
      <p className="big">
        <Sentence parts={sentence} />
      </p>
      <ol className="hops">
        {steps.map((step, i) => (
          <li key={i}>
            <span className="hop-no" aria-hidden="true">
              {i + 1}
            </span>
            <Sentence parts={step.title} />
            <span className="note">{step.detail}</span>
          </li>
        ))}
      </ol>
      <div className="row wrap s">
        {matched && (
          <Link
            className="link"
            to="/p/$project/$environment/routes/$route"
            params={{ ...params, route: matched.key }}
          >
            Route {matched.key}
          </Link>
        )}
        {flag && (
          <Link
            className="link"
            to="/p/$project/$environment/flags/$flag"
            params={{ ...params, flag: flag.key }}
          >
            Flag {flag.key}
          </Link>
        )}
        <Link className="link" to="/p/$project/$environment/history" params={params} search={{ r: revision }}>
          Decided on r{revision}
        </Link>
      </div>
      <Details summary="Routes, as tried" more={String(routes.length)}>
        <ul className="tried">
          {routes.map((route) => (
            <li key={route.key}>
              <span className={`st ${route.matched ? 'on' : 'off'}`}>
                <Shape kind={route.matched ? 'on' : 'off'} size={10} />
              </span>
              <code>{route.key}</code>
              <span className="note">
                {route.matched ? 'matched' : 'passed over'}: {route.reason}
              </span>
            </li>
          ))}
        </ul>
      </Details>
      {flag && (
        <Details
          summary={`Rules of ${flag.key}, as asked`}
          more={flag.bucket === undefined ? '' : `bucket ${flag.bucket.toLocaleString('en')}`}
        >
          <ul className="tried">
            {flag.steps.map((step, i) => (
              <li key={i}>
                <span className={`st ${step.matched ? 'on' : 'off'}`}>
                  <Shape kind={step.matched ? 'on' : 'off'} size={10} />
                </span>
                <span className="s">
                  <Sentence parts={step.sentence} />
                  <span className="t3">{step.matched ? ': yes' : ': no'}</span>
                </span>
              </li>
            ))}
          </ul>
        </Details>
      )}
      <Details summary="Context and headers">
        <pre className="diff">{JSON.stringify(context, null, 2)}</pre>
        <p className="note hop-note">
          {removedHeaders.length > 0 ? (
            <>
              Not believed, and removed: <code>{removedHeaders.join(', ')}</code>
            </>
          ) : (
            'No header was removed.'
          )}
          {split &&
            ` Split by ${split.by}${split.sticky ? ', the same answer for this key each time' : ''}${split.bucket === undefined ? '' : `, bucket ${split.bucket.toLocaleString('en')} of 100,000`}.`}
        </p>
      </Details>
    </div>
  )
}
