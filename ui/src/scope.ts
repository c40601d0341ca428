import { useQuery } from '@tanstack/react-query'
import { useParams, useSearch } from '@tanstack/react-router'
import { sessionQuery } from './api/queries'
import type { Action, Environment, Member, Project, Role } from './api/types'
import { asOf } from './asOf'

export interface Scope {
  project: Project
  environment: Environment
  member: Member
  can: (action: Action) => boolean
}

const leastRole: Record<Action, Role> = {
  view: 'viewer',
  editFlags: 'product',
  editTraffic: 'developer',
  revert: 'product',
  approve: 'product',
  breakGlass: 'operator',
  manageKeys: 'operator',
  administer: 'admin',
}
const words: Record<Action, string> = {
  view: 'see this',
  editFlags: 'edit flags',
  editTraffic: 'edit routes and services',
  revert: 'revert and restore',
  approve: 'review changes',
  breakGlass: 'apply without the approvals that are missing',
  manageKeys: 'manage keys',
  administer: 'manage members and tokens',
}

/** Why a control is disabled, in one sentence: the permission and who gives it. */
export const refusal = (action: Action, member: Member): string =>
  asOf() !== undefined && ofThen.includes(action)
    ? `You look at r${asOf()}, as it was. Go back to now to change something.`
    : `Your role, ${member.role}, may not ${words[action]}. It takes ${leastRole[action]} or above; an admin gives it in Settings.`

/** The project and environment of the URL, and what the member may do there. Only inside `/p/…`. */
export function useScope(): Scope {
  const { project, environment } = useParams({ from: '/p/$project/$environment' })
  const { data: session } = useQuery(sessionQuery)
  const p = session?.projects.find((candidate) => candidate.key === project)
  const e = p?.environments.find((candidate) => candidate.key === environment)
  if (!session || !p || !e) throw new Error('useScope outside a loaded project')
  return {
    project: p,
    environment: e,
    member: session.member,
    can: (action) => session.actions.includes(action) && !(asOf() !== undefined && ofThen.includes(action)),
  }
}

/** What was can't be edited. */
const ofThen: Action[] = ['editFlags', 'editTraffic']

/** The revision that all pages show; undefined for now. Only inside `/p/…`. */
export const useAsOf = (): number | undefined => useSearch({ from: '/p/$project/$environment' }).at

/** How many approvals a change needs that alters these environments; owners and guardrails may ask for more. */
export const approvalsIn = (project: Project, environments: readonly string[]): number =>
  Math.max(
    0,
    ...project.environments
      .filter((each) => environments.includes(each.key))
      .map((each) => each.requiredApprovals),
  )
