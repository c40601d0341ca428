import './styles/fonts.css'
import './styles/tokens.css'
import './styles/base.css'
import { notifyManager, QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { isProblem } from './api/problem'
import { sessionQuery } from './api/queries'
import { createAppRouter } from './router'

// What a key or a drag sets is drawn before the next event comes, which then goes on from it.
notifyManager.setScheduler(queueMicrotask)

const client = new QueryClient({
  defaultOptions: {
    queries: {
      // Events say when something is old; only a lost connection makes a page ask again by itself.
      staleTime: 30_000,
      refetchOnWindowFocus: false,
      retry: (failures, error) => failures < 2 && isProblem(error) && (error.offline || error.status >= 502),
    },
  },
})
const router = createAppRouter(client)

// A 401 anywhere means that the session ended: sign in, then come back to this page.
client.getQueryCache().subscribe((event) => {
  if (event.type === 'updated' && event.action.type === 'error' && isProblem(event.action.error, 401)) {
    client.setQueryData(sessionQuery.queryKey, null)
    if (router.state.location.pathname !== '/sign-in') {
      void router.navigate({ to: '/sign-in', search: { return: router.state.location.href } })
    }
  }
})

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
)
