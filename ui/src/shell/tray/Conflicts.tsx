import type { ApiProblem } from '@/api/problem'
import type { Conflict, Json } from '@/api/types'
import { Shape } from '@/ui/State'
import './conflicts.css'

export const said = (value: Json | undefined) => (value === undefined ? 'nothing' : JSON.stringify(value))

/** Both sides of every field that a later revision changed, with who did it. */
export function Conflicts({
  problem,
  conflicts,
}: {
  problem: ApiProblem
  conflicts: Conflict[] | undefined
}) {
  return (
    <div className="failure" role="alert">
      <p className="row start">
        <Shape kind="blocked" />
        <span>
          <b>{problem.problems.title}.</b> {problem.problems.detail}
        </span>
      </p>
      {conflicts?.map((conflict, i) => (
        <div key={i} className="sides">
          <p className="sides-what">
            <code>{conflict.resource.key}</code> <code className="t3">{conflict.path}</code>
            {conflict.base !== undefined && (
              <span className="s t2">
                {' '}
                before both: <code>{said(conflict.base)}</code>
              </span>
            )}
          </p>
          <div className="side">
            <h3>
              {conflict.laterAuthor ?? 'Another'}
              {conflict.laterRevision !== undefined && `, r${conflict.laterRevision}`}
            </h3>
            <code>{said(conflict.now)}</code>
          </div>
          <div className="side">
            <h3>This</h3>
            <code>{said(conflict.wanted)}</code>
          </div>
        </div>
      ))}
    </div>
  )
}
