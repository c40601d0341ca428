import type { ApiProblem } from '@/api/problem'
import type { Conflict, Json } from '@/api/types'
import { Button } from '@/ui/Button'
import { Shape } from '@/ui/State'

const said = (value: Json | undefined) => (value === undefined ? 'nothing' : JSON.stringify(value))

/** Both sides of every field that changed under the edit, with who did it. */
export function Conflicts({
  problem,
  conflicts,
  onRefresh,
}: {
  problem: ApiProblem
  conflicts: Conflict[] | undefined
  onRefresh?: () => void
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
        <div key={i}>
          <p>
            <code>{conflict.resource.key}</code> <code className="t3">{conflict.path}</code>
          </p>
          <p className="s">
            You: <code>{said(conflict.ours)}</code>
          </p>
          <p className="s">
            {conflict.laterAuthor ?? 'Another'}
            {conflict.laterRevision !== undefined && ` in r${conflict.laterRevision}`}:{' '}
            <code>{said(conflict.theirs)}</code>
          </p>
          {conflict.base !== undefined && (
            <p className="s">
              Before both: <code>{said(conflict.base)}</code>
            </p>
          )}
        </div>
      ))}
      {onRefresh && (
        <div>
          <Button small onClick={onRefresh}>
            Check again on top of theirs
          </Button>
        </div>
      )}
    </div>
  )
}
