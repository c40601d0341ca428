import { useState } from 'react'
import type { Impact } from '@/api/types'
import { useScope } from '@/scope'
import { Chip } from '@/ui/Button'
import { Card } from '@/ui/Card'
import { Failure, Skeleton } from '@/ui/Feedback'
import { windowWords } from '@/ui/time'
import { Affected } from '../impact/Affected'

/** Who is affected, one environment at a time where it alters several. */
export function AffectedCard({
  environments,
  impact,
  error,
}: {
  environments: string[]
  impact: Record<string, Impact> | undefined
  error: unknown
}) {
  const { project, environment } = useScope()
  const [chosen, setChosen] = useState<string>()
  const keys = impact ? Object.keys(impact) : environments
  const shown = chosen ?? (keys.includes(environment.key) ? environment.key : keys[0])
  const here = shown === undefined ? undefined : impact?.[shown]
  return (
    <Card title="Who is affected" more={here && windowWords(Math.max(60, here.sample.seconds))}>
      {keys.length > 1 && (
        <div className="row wrap change-environments" role="group" aria-label="Environment">
          {keys.map((key) => (
            <Chip key={key} pressed={key === shown} onClick={() => setChosen(key)}>
              {project.environments.find((each) => each.key === key)?.name ?? key}
            </Chip>
          ))}
        </div>
      )}
      {here ? (
        <Affected impact={here} />
      ) : error ? (
        <Failure error={error} />
      ) : keys.length === 0 ? (
        <p className="t2">No environment’s snapshot would be another one.</p>
      ) : (
        <Skeleton rows={4} />
      )}
    </Card>
  )
}
