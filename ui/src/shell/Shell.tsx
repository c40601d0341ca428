import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, Outlet, useNavigate } from '@tanstack/react-router'
import { lazy, Suspense, useEffect, useState } from 'react'
import { watchProject } from '@/api/events'
import { draftQuery } from '@/api/queries'
import { rememberScope } from '@/lastScope'
import { useAsOf, useScope } from '@/scope'
import { Icon } from '@/ui/Icon'
import { useHotkeys } from './hotkeys'
import { places } from './nav'
import { Rail } from './Rail'
import { TopBar } from './TopBar'
import { useReceipt } from './tray/receipts'
import './shell.css'

const Palette = lazy(() => import('./Palette'))
const KeysSheet = lazy(() => import('./KeysSheet'))
const MoreSheet = lazy(() => import('./MoreSheet'))
const ChangeSheet = lazy(() => import('./tray/ChangeSheet'))
const Receipt = lazy(() => import('./tray/Receipt'))
const AsOfBar = lazy(() => import('./AsOfBar'))
const TrayBar = lazy(() => import('./tray/TrayBar'))

type Open = 'palette' | 'keys' | 'change' | 'more'

/** What stays while pages come and go. */
export function Shell() {
  const { project, environment } = useScope()
  const client = useQueryClient()
  const navigate = useNavigate()
  // Not the whole tray: what writes drafts comes with the page that does.
  const { data: draft } = useQuery(draftQuery(project.key))
  const drafted = !!draft && draft.edits.length > 0
  const at = useAsOf()
  const receipt = useReceipt()
  const [open, setOpen] = useState<Open>()
  const params = { project: project.key, environment: environment.key }
  const close = () => setOpen(undefined)

  useEffect(() => watchProject(client, project.key), [client, project.key])
  useEffect(() => {
    rememberScope(project.key, environment.key)
    document.title = `${environment.name} · ${project.name} · Switchyard`
  }, [project, environment])

  useHotkeys([
    { keys: 'mod+k', label: 'Go to, do, switch', group: 'Everywhere', run: () => setOpen('palette') },
    {
      keys: '/',
      label: 'Filter this list',
      group: 'Everywhere',
      run: () => document.getElementById('page-filter')?.focus(),
    },
    {
      keys: 'c',
      label: 'Open your change',
      group: 'Everywhere',
      run: () => drafted && setOpen('change'),
    },
    { keys: '?', label: 'This list', group: 'Everywhere', run: () => setOpen('keys') },
    ...places.map((place) => ({
      keys: `g ${place.key}`,
      label: place.label,
      group: 'Go to',
      run: () => void navigate({ to: place.to, params }),
    })),
  ])

  return (
    <div className="app">
      <a className="skip" href="#main">
        Skip to the page
      </a>
      <div className={`stripe ${environment.production ? 'production' : 'other'}`} aria-hidden="true" />
      <Rail />
      <TopBar
        onPalette={() => setOpen('palette')}
        onChange={() => setOpen('change')}
        onKeys={() => setOpen('keys')}
      />
      <main className="main" id="main" tabIndex={-1}>
        <Suspense>{at !== undefined && <AsOfBar />}</Suspense>
        <Outlet />
        <Suspense>
          {(drafted || !!draft?.after.length) && <TrayBar onOpen={() => setOpen('change')} />}
        </Suspense>
      </main>
      <nav className="tabbar" aria-label="Main, phone">
        <Link to="/p/$project/$environment" params={params} activeOptions={{ exact: true }}>
          <Icon name="home" size={20} />
          Home
        </Link>
        <Link to="/p/$project/$environment/flags" params={params} activeOptions={{ includeSearch: false }}>
          <Icon name="flag" size={20} />
          Flags
        </Link>
        <Link to="/p/$project/$environment/changes" params={params} activeOptions={{ includeSearch: false }}>
          <Icon name="changes" size={20} />
          Changes
        </Link>
        <Link to="/p/$project/$environment/history" params={params} activeOptions={{ includeSearch: false }}>
          <Icon name="history" size={20} />
          History
        </Link>
        <button type="button" onClick={() => setOpen('palette')}>
          <Icon name="search" size={20} />
          Search
        </button>
        <button type="button" onClick={() => setOpen('more')}>
          <Icon name="menu" size={20} />
          More
        </button>
      </nav>
      <Suspense>
        {receipt?.project === project.key && <Receipt receipt={receipt} />}
        {open === 'palette' && (
          <Palette onClose={close} onChange={() => setOpen('change')} onKeys={() => setOpen('keys')} />
        )}
        {open === 'keys' && <KeysSheet onClose={close} />}
        {open === 'more' && <MoreSheet onClose={close} />}
        {open === 'change' && <ChangeSheet onClose={close} />}
      </Suspense>
    </div>
  )
}
