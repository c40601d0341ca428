import { Link, useParams, useSearch } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import { PageHead } from '@/ui/Card'
import { Skeleton } from '@/ui/Feedback'
import { Tabs } from '@/ui/Tabs'
import type { tabs } from './search'
import './settings.css'

type Tab = (typeof tabs)[number]

const parts: { tab: Tab; words: string; sub: string; Part: ReturnType<typeof lazy> }[] = [
  {
    tab: 'access',
    words: 'Access',
    sub: 'Members, teams, tokens and keys act at once; they are not part of a change and are never reverted.',
    Part: lazy(() => import('./Access')),
  },
  {
    tab: 'policies',
    words: 'Policies',
    sub: 'Who may do what, and why. Roles first; then what this project says of itself.',
    Part: lazy(() => import('./policies/Policies')),
  },
  {
    tab: 'environments',
    words: 'Environments',
    sub: 'How many people must agree before something changes there, and when nothing changes at all.',
    Part: lazy(() => import('./Environments')),
  },
  {
    tab: 'guardrails',
    words: 'Guardrails',
    sub: 'What every change must satisfy before it applies. Guardrails change like all else: in a change.',
    Part: lazy(() => import('../guardrails/Guardrails')),
  },
  {
    tab: 'git',
    words: 'Git',
    sub: 'Every revision as a commit, and commits as changes. Nothing from Git applies but through review.',
    Part: lazy(() => import('../git/Git')),
  },
  {
    tab: 'upstream',
    words: 'Upstream',
    sub: 'Flags that are decided in LaunchDarkly, and that routes here can split on.',
    Part: lazy(() => import('../upstream/Upstream')),
  },
  {
    tab: 'webhooks',
    words: 'Webhooks',
    sub: 'Who is told what happens here: services of yours, channels in Slack, and yourself.',
    Part: lazy(() => import('../hooks/Webhooks')),
  },
  {
    tab: 'triggers',
    words: 'Triggers',
    sub: 'Changes that were prepared, and that an alert sets off. They go the way of all changes.',
    Part: lazy(() => import('../hooks/Triggers')),
  },
  {
    tab: 'audit',
    words: 'Audit',
    sub: 'Everything that was done and by whom. Nothing is ever taken out of it.',
    Part: lazy(() => import('../audit/Audit')),
  },
  {
    tab: 'account',
    words: 'You',
    sub: 'How you sign in, and where you are signed in.',
    Part: lazy(() => import('../account/Account')),
  },
]

/** What holds for everyone, one part at a time. */
export default function SettingsPage() {
  const params = useParams({ from: '/p/$project/$environment/settings' })
  const { tab = 'access' } = useSearch({ from: '/p/$project/$environment/settings' })
  const { sub, Part } = parts.find((each) => each.tab === tab)!
  return (
    <div className="page">
      <PageHead title="Settings" sub={sub} />
      <Tabs label="Settings">
        {parts.map((each) => (
          <Link
            key={each.tab}
            to="/p/$project/$environment/settings"
            params={params}
            activeOptions={{ exact: true }}
            search={each.tab === 'access' ? {} : { tab: each.tab }}
            aria-current={each.tab === tab ? 'page' : undefined}
          >
            {each.words}
          </Link>
        ))}
      </Tabs>
      <Suspense fallback={<Skeleton rows={8} />}>
        <Part />
      </Suspense>
    </div>
  )
}
