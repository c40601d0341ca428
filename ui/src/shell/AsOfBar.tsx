import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { revisionQuery } from '@/api/queries'
import { useAsOf, useScope } from '@/scope'
import { Button } from '@/ui/Button'
import { Icon } from '@/ui/Icon'
import { count, day, time } from '@/ui/time'
import './asof.css'

/** All pages show what was: which revision, what came since, and the ways back. */
export default function AsOfBar() {
  const at = useAsOf() ?? 0
  const { project, environment } = useScope()
  const navigate = useNavigate()
  const { data: revision, error } = useQuery(revisionQuery(project.key, at))
  const since = project.head - at
  const back = () => void navigate({ to: '.', search: (old) => ({ ...old, at: undefined }) })
  return (
    <section className="asof" aria-label={`As of r${at}`}>
      <Icon name="history" />
      <p>
        {error ? (
          <b>There is no r{at}.</b>
        ) : (
          <>
            <b>You look at r{at}</b>
            {revision && `, ${day(revision.at)} ${time(revision.at)}, by ${revision.authorName}`}. All pages
            show what was; {since > 0 ? `${count(since, 'revision')} came since` : 'nothing came since'}. Data
            planes act on r{project.head}.
          </>
        )}
      </p>
      <div className="row">
        {!error && since > 0 && (
          <Link
            className="btn plain sm"
            to="/p/$project/$environment/history"
            params={{ project: project.key, environment: environment.key }}
            search={{ r: at, do: 'restore' as const, at: undefined }}
          >
            Restore r{at}…
          </Link>
        )}
        <Button small look="primary" onClick={back}>
          Back to now
        </Button>
      </div>
    </section>
  )
}
