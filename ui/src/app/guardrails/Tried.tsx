import { Link } from '@tanstack/react-router'
import type { Guardrail, Tried as TriedOn } from '@/api/types'
import { useScope } from '@/scope'
import { Shape } from '@/ui/State'
import { count } from '@/ui/time'

/** What it would have said to the past: how often it stops someone is what one must know before it holds. */
export function Tried({
  tried,
  effect,
  onClose,
}: {
  tried: TriedOn
  effect: NonNullable<Guardrail['effect']>
  onClose: () => void
}) {
  const { project, environment } = useScope()
  const stopped = tried.results.filter((each) => !each.passed)
  return (
    <section className="tried" aria-live="polite">
      <p>
        <b className="num">{stopped.length}</b> of the last {count(tried.tried, 'revision')} would have been{' '}
        {effect === 'block' ? 'blocked' : 'warned of'}.
      </p>
      <ul>
        {stopped.slice(0, 50).map((each) => (
          <li key={each.revision} className="row start">
            <span className={`st ${effect === 'block' ? 'blocked' : 'warn'}`}>
              <Shape kind={effect === 'block' ? 'blocked' : 'warn'} />
            </span>
            <span className="grow">
              <Link
                className="link mono"
                to="/p/$project/$environment/history"
                params={{ project: project.key, environment: environment.key }}
                search={{ r: each.revision }}
                onClick={onClose}
              >
                r{each.revision}
              </Link>{' '}
              {each.title} <span className="s t3">{each.error ?? each.message}</span>
            </span>
          </li>
        ))}
      </ul>
    </section>
  )
}
