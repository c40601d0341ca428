import type { Project } from './api/types'

const storage = 'switchyard.scope'

/** Where "/" leads: the project and environment last seen here, else the first production. */
export function lastScope(projects: Project[]): { project: string; environment: string } | undefined {
  const [project, environment] = (read() ?? '').split('/')
  const p = projects.find(({ key }) => key === project) ?? projects[0]
  const e =
    p?.environments.find(({ key }) => key === environment) ??
    p?.environments.find(({ production }) => production) ??
    p?.environments[0]
  return p && e && { project: p.key, environment: e.key }
}

export function rememberScope(project: string, environment: string) {
  try {
    localStorage.setItem(storage, `${project}/${environment}`)
  } catch {
    // Without storage the first production opens.
  }
}

function read() {
  try {
    return localStorage.getItem(storage)
  } catch {
    return null
  }
}
