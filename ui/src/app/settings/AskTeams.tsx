import { useQuery } from '@tanstack/react-query'
import type { Environment } from '@/api/types'
import { Button } from '@/ui/Button'
import { Select } from '@/ui/Field'
import { teamsQuery } from '../people/people'

type Asked = Environment['approvalsFrom']

/** Teams of which some of an environment's approvals must come: "2, of which 1 from Payments". */
export function AskTeams({
  environment,
  refused,
  pending,
  onAsk,
}: {
  environment: Environment
  refused: string | undefined
  pending: boolean
  onAsk: (asked: Asked) => void
}) {
  const { approvalsFrom: asked, requiredApprovals: most, name } = environment
  const { data: teams = [] } = useQuery(teamsQuery)
  const left = teams.filter((team) => !asked.some((each) => each.team === team.key))
  const called = (key: string) => teams.find((team) => team.key === key)?.name ?? key
  const ask = (team: string, approvals: number) =>
    onAsk(
      asked.flatMap((each) => (each.team === team ? (approvals > 0 ? [{ team, approvals }] : []) : [each])),
    )
  return (
    <>
      {asked.map(({ team, approvals }) => (
        <p className="s t2 row" key={team}>
          <span>
            of which <b className="num">{approvals}</b> from <b>{called(team)}</b>
          </span>
          <Button
            small
            look="quiet"
            aria-label={`One approval less from ${called(team)} in ${name}`}
            refused={refused}
            disabled={pending}
            onClick={() => ask(team, approvals - 1)}
          >
            −
          </Button>
          <Button
            small
            look="quiet"
            aria-label={`One approval more from ${called(team)} in ${name}`}
            refused={refused ?? (approvals >= most ? 'That is all that are needed.' : undefined)}
            disabled={pending}
            onClick={() => ask(team, approvals + 1)}
          >
            +
          </Button>
        </p>
      ))}
      {most > 0 && left.length > 0 && !refused && (
        <Select
          label={`Ask a team in ${name}`}
          hideLabel
          value=""
          disabled={pending}
          onChange={(event) => onAsk([...asked, { team: event.target.value, approvals: 1 }])}
        >
          <option value="">Ask a team for some of them…</option>
          {left.map((team) => (
            <option key={team.key} value={team.key}>
              {team.name}
            </option>
          ))}
        </Select>
      )}
    </>
  )
}
