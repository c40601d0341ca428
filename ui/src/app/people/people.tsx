import { queryOptions, useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { api, path } from '@/api/client'
import { key } from '@/api/queries'
import type { Member, Owner, Team } from '@/api/types'
import { useScope } from '@/scope'
import { Button } from '@/ui/Button'
import { Select } from '@/ui/Field'

// One file, since each of its own would be named in the entry, which is nearly full.

// Not below a project: members and teams belong to the whole server.
export const membersQuery = queryOptions({
  queryKey: ['members'],
  queryFn: ({ signal }) => api<Member[]>('GET', '/members', { signal }),
  staleTime: 60_000,
})
export const teamsQuery = queryOptions({
  queryKey: ['teams'],
  queryFn: ({ signal }) => api<Team[]>('GET', '/teams', { signal }),
  staleTime: 60_000,
})

/** Who owns how much of a project; those who can't answer for it first. */
export const ownersQuery = (project: string) =>
  queryOptions({
    queryKey: key(project, 'revisions', 'owners'),
    queryFn: ({ signal }) => api<Owner[]>('GET', path`/projects/${project}/owners`, { signal }),
  })

export interface People {
  members: readonly Member[]
  teams: readonly Team[]
  /** What people call an owner: a member, a team, or the word itself. */
  nameOf: (owner: string) => string
}

/** Everybody who can own something or be asked for something. */
export function usePeople(): People {
  const { data: members = none } = useQuery(membersQuery)
  const { data: teams = noTeams } = useQuery(teamsQuery)
  return useMemo(() => {
    const names = new Map([
      ...members.map((each) => [each.id, each.name] as const),
      ...teams.map((each) => [each.key, each.name] as const),
    ])
    return { members, teams, nameOf: (owner) => names.get(owner) ?? owner }
  }, [members, teams])
}
const none: readonly Member[] = []
const noTeams: readonly Team[] = []

/** What people call an owner, in the middle of other words. */
export function OwnerName({ of }: { of: string }) {
  return <>{usePeople().nameOf(of)}</>
}

/** Who answers for something: a team, a person, or the word that is there. */
export function OwnerField({
  value,
  onOwner,
  nobody = 'nobody',
  label = 'Owner',
  hint,
  refused,
}: {
  value: string
  onOwner: (owner: string) => void
  /** What it says for no owner; false where there must be one. */
  nobody?: string | false
  label?: string
  hint?: string
  refused?: string | undefined
}) {
  const { members, teams, nameOf } = usePeople()
  const here = members.filter((each) => each.active)
  const strange =
    value && !here.some((each) => each.id === value) && !teams.some((each) => each.key === value)
  return (
    <Select
      label={label}
      value={value}
      disabled={!!refused}
      title={refused}
      {...(hint ? { hint } : {})}
      onChange={(event) => onOwner(event.target.value)}
    >
      {nobody === false ? (
        value === '' && <option value="">choose…</option>
      ) : (
        <option value="">{nobody}</option>
      )}
      {strange && <option value={value}>{nameOf(value)}, who is not here</option>}
      {teams.length > 0 && (
        <optgroup label="Teams">
          {teams.map((each) => (
            <option key={each.key} value={each.key}>
              {each.name}
            </option>
          ))}
        </optgroup>
      )}
      <optgroup label="People">
        {here.map((each) => (
          <option key={each.id} value={each.id}>
            {each.name}
          </option>
        ))}
      </optgroup>
    </Select>
  )
}

/** Who is asked to look at a change; those who must agree find it anyway. */
export function AskField({ asked, onAsk }: { asked: readonly string[]; onAsk: (asked: string[]) => void }) {
  const { member } = useScope()
  const { members, teams, nameOf } = usePeople()
  const left = (id: string) => id !== member.id && !asked.includes(id)
  const people = members.filter((each) => each.active && each.role !== 'viewer' && left(each.id))
  const free = teams.filter((each) => left(each.key))
  if (asked.length === 0 && people.length === 0 && free.length === 0) return null
  return (
    <div className="stack tight">
      <Select
        label="Ask somebody to look (optional)"
        value=""
        onChange={(event) => onAsk([...asked, event.target.value])}
      >
        <option value="">{asked.length === 0 ? 'nobody in particular' : 'somebody else…'}</option>
        {free.length > 0 && (
          <optgroup label="Teams">
            {free.map((each) => (
              <option key={each.key} value={each.key}>
                {each.name}
              </option>
            ))}
          </optgroup>
        )}
        <optgroup label="People">
          {people.map((each) => (
            <option key={each.id} value={each.id}>
              {each.name}
            </option>
          ))}
        </optgroup>
      </Select>
      {asked.length > 0 && (
        <div className="row wrap">
          {asked.map((id) => (
            <Button
              key={id}
              small
              icon="close"
              aria-label={`Do not ask ${nameOf(id)}`}
              onClick={() => onAsk(asked.filter((each) => each !== id))}
            >
              {nameOf(id)}
            </Button>
          ))}
        </div>
      )}
    </div>
  )
}
