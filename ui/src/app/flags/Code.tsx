import { useQuery } from '@tanstack/react-query'
import type { CodeReferences } from '@/api/types'
import { useScope } from '@/scope'
import { Card } from '@/ui/Card'
import { ErrorState, Skeleton } from '@/ui/Feedback'
import { ago, count } from '@/ui/time'
import { codeQuery } from './queries'

/** Where source code names the flag, as it was last looked through. */
export function Code({ flag }: { flag: string }) {
  const { project } = useScope()
  const { data, error, refetch } = useQuery(codeQuery(project.key, flag))
  return (
    <Card
      flush
      title="In code"
      more={data && data.references.length > 0 && count(data.references.length, 'place')}
    >
      {error && !data ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : !data ? (
        <Skeleton rows={3} />
      ) : data.repositories.length === 0 ? (
        <div className="card-body stack tight">
          <p className="note">Nobody has looked through code for this project yet.</p>
          <pre className="command">{`switchyard find-flags . --upload --project ${project.key}`}</pre>
        </div>
      ) : (
        <Found code={data} />
      )}
    </Card>
  )
}

function Found({ code }: { code: CodeReferences }) {
  return (
    <>
      {code.repositories.map((repository) => {
        const places = code.references.filter((each) => each.repository === repository.name)
        return (
          <section key={repository.name} className="code-repository" aria-label={repository.name}>
            <p className="row wrap s">
              <b className="mono">{repository.name}</b>
              <span className="t3">
                {repository.branch && `${repository.branch} `}
                {repository.commit && `${repository.commit.slice(0, 8)} · `}
                {count(repository.searched, 'file')} looked through {ago(repository.uploadedAt)}
              </span>
            </p>
            {places.length === 0 && <p className="note">No line names it.</p>}
            <ul>
              {places.map((place) => {
                const at = `${place.path}:${place.line}`
                return (
                  <li key={at + (place.alias ?? '')}>
                    {place.link ? (
                      <a className="mono s" href={place.link} target="_blank" rel="noreferrer">
                        {at}
                      </a>
                    ) : (
                      <span className="mono s">{at}</span>
                    )}
                    {place.alias && (
                      <span className="t3 s">
                        {' '}
                        as <span className="mono">{place.alias}</span>
                      </span>
                    )}
                    <code className="code-line">{place.text}</code>
                  </li>
                )
              })}
            </ul>
          </section>
        )
      })}
    </>
  )
}
