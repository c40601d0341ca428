import type { QueryClient } from '@tanstack/react-query'
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
  retainSearchParams,
} from '@tanstack/react-router'
import { sessionQuery } from './api/queries'
import type { Session } from './api/types'
import { changesSearch } from './app/changes/search'
import { explainSearch } from './app/explain/search'
import { flagSearch, flagsSearch } from './app/flags/search'
import { historySearch } from './app/history/search'
import { routeSearch, routesSearch } from './app/routes/search'
import { settingsSearch } from './app/settings/search'
import { showAsOf } from './asOf'
import { lastScope } from './lastScope'
import { present, type Raw, whole, word } from './search'
import { Shell } from './shell/Shell'
import { modKey } from './shell/TopBar'
import { EmptyState, ErrorState } from './ui/Feedback'

interface Context {
  client: QueryClient
}

const root = createRootRouteWithContext<Context>()({ component: Outlet })

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: (raw: Raw) =>
    present({ token: word(raw, 'token'), return: word(raw, 'return'), failed: word(raw, 'failed') }),
  component: lazyRouteComponent(() => import('./app/sign-in/SignInPage')),
})

async function session(client: QueryClient, href: string): Promise<Session> {
  const value = await client.ensureQueryData(sessionQuery)
  if (!value) throw redirect({ to: '/sign-in', search: href === '/' ? {} : { return: href } })
  return value
}

const start = createRoute({
  getParentRoute: () => root,
  path: '/',
  beforeLoad: async ({ context, location }) => {
    const { projects } = await session(context.client, location.href)
    const params = lastScope(projects)
    if (params) throw redirect({ to: '/p/$project/$environment', params, replace: true })
  },
  component: () => (
    <EmptyState title="No project is open to you">
      An admin can add you to one in Settings, Members.
    </EmptyState>
  ),
})

const scope = createRoute({
  getParentRoute: () => root,
  path: '/p/$project/$environment',
  validateSearch: (raw: Raw) => present({ at: whole(raw, 'at') }),
  search: { middlewares: [retainSearchParams(['at'])] },
  beforeLoad: async ({ context, location, params, search }) => {
    showAsOf(search.at)
    const { projects } = await session(context.client, location.href)
    const project = projects.find(({ key }) => key === params.project)
    if (!project?.environments.some(({ key }) => key === params.environment)) throw redirect({ to: '/' })
  },
  component: Shell,
})

const at = <Path extends string>(path: Path) => ({ getParentRoute: () => scope, path })

const home = createRoute({ ...at('/'), component: lazyRouteComponent(() => import('./app/home/HomePage')) })
const flags = createRoute({
  ...at('/flags'),
  validateSearch: flagsSearch,
  component: lazyRouteComponent(() => import('./app/flags/FlagsPage')),
})
const flag = createRoute({
  ...at('/flags/$flag'),
  validateSearch: flagSearch,
  component: lazyRouteComponent(() => import('./app/flags/FlagPage')),
})
const routes = createRoute({
  ...at('/routes'),
  validateSearch: routesSearch,
  component: lazyRouteComponent(() => import('./app/routes/RoutesPage')),
})
const route = createRoute({
  ...at('/routes/$route'),
  validateSearch: routeSearch,
  component: lazyRouteComponent(() => import('./app/routes/RoutePage')),
})
const segments = createRoute({
  ...at('/segments'),
  validateSearch: (raw: Raw) =>
    present({ q: word(raw, 'q'), owner: word(raw, 'owner'), key: word(raw, 'key') }),
  component: lazyRouteComponent(() => import('./app/segments/SegmentsPage')),
})
const services = createRoute({
  ...at('/services'),
  validateSearch: (raw: Raw) =>
    present({ q: word(raw, 'q'), owner: word(raw, 'owner'), key: word(raw, 'key') }),
  component: lazyRouteComponent(() => import('./app/services/ServicesPage')),
})
const changes = createRoute({
  ...at('/changes'),
  validateSearch: changesSearch,
  component: lazyRouteComponent(() => import('./app/changes/ChangesPage')),
})
const change = createRoute({
  ...at('/changes/$number'),
  component: lazyRouteComponent(() => import('./app/changes/ChangePage')),
})
const history = createRoute({
  ...at('/history'),
  validateSearch: historySearch,
  component: lazyRouteComponent(() => import('./app/history/HistoryPage')),
})
const explain = createRoute({
  ...at('/explain'),
  validateSearch: explainSearch,
  component: lazyRouteComponent(() => import('./app/explain/ExplainPage')),
})
const settings = createRoute({
  ...at('/settings'),
  validateSearch: settingsSearch,
  component: lazyRouteComponent(() => import('./app/settings/SettingsPage')),
})

const tree = root.addChildren([
  signIn,
  start,
  scope.addChildren([
    home,
    flags,
    flag,
    routes,
    route,
    segments,
    services,
    changes,
    change,
    history,
    explain,
    settings,
  ]),
])

export const createAppRouter = (client: QueryClient) =>
  createRouter({
    routeTree: tree,
    context: { client },
    defaultPreload: 'intent',
    defaultPendingMs: 400,
    scrollRestoration: true,
    scrollToTopSelectors: ['#main'],
    defaultErrorComponent: ({ error, reset }) => <ErrorState error={error} onRetry={reset} />,
    defaultNotFoundComponent: () => (
      <div className="page">
        <EmptyState title="There is no such page">
          The address may be from a newer version, or mistyped. Press <kbd>{modKey}K</kbd> to find what you
          look for.
        </EmptyState>
      </div>
    ),
  })

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>
  }
}
