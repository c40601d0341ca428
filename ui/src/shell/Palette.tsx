import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Command } from 'cmdk'
import { type ReactNode, useState } from 'react'
import { api, path } from '@/api/client'
import { key } from '@/api/queries'
import type { FlagSummary, Manifest, Page, RouteSummary } from '@/api/types'
import { refusal, useScope } from '@/scope'
import { EnvironmentMark } from '@/ui/EnvironmentMark'
import { Icon, type IconName } from '@/ui/Icon'
import { Shape } from '@/ui/State'
import { places } from './nav'
import { useSwitchEnvironment } from './TopBar'
import { setTheme, type Theme } from './theme'
import { useTray } from './tray/useTray'
import './palette.css'

const themes: Theme[] = ['system', 'light', 'dark']

/** Go, do, switch. Holds nothing that the page does not. */
export default function Palette({
  onClose,
  onChange,
  onKeys,
}: {
  onClose: () => void
  onChange: () => void
  onKeys: () => void
}) {
  const { project, environment, can, member } = useScope()
  const navigate = useNavigate()
  const switchTo = useSwitchEnvironment()
  const { edits } = useTray()
  const [words, setWords] = useState('')
  const params = { project: project.key, environment: environment.key }
  const q = words.replace(/^(turn )?off /i, '').trim()
  const list = <T,>(area: 'flags' | 'routes' | 'segments') => ({
    queryKey: key(project.key, area, environment.key, 'palette', q),
    queryFn: ({ signal }: { signal: AbortSignal }) =>
      api<Page<T>>('GET', `${path`/projects/${project.key}/environments/${environment.key}`}/${area}`, {
        params: { q, limit: 6 },
        signal,
      }),
    placeholderData: (old: Page<T> | undefined) => old,
  })
  const flags = useQuery(list<FlagSummary>('flags'))
  const routes = useQuery(list<RouteSummary>('routes'))
  const segments = useQuery(list<Manifest>('segments'))
  const number = /^r?(\d+)$/i.exec(words.trim())?.[1]
  const change = /^c-?(\d+)$/i.exec(words.trim())?.[1]
  const go = (run: () => void) => () => {
    onClose()
    run()
  }

  return (
    <Command.Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      label="Go to, do, switch"
      overlayClassName="scrim top-scrim"
      contentClassName="palette"
      loop
    >
      <div className="palette-input">
        <Icon name="search" />
        <Command.Input
          autoFocus
          placeholder="Flag, route, page, r-number, or what to do"
          value={words}
          onValueChange={setWords}
        />
      </div>
      <Command.List>
        <Command.Empty>Nothing is called “{words}”.</Command.Empty>
        {number && Number(number) <= project.head && (
          <Command.Group heading="Revision">
            <Entry
              icon="history"
              value={`r${number} ${number}`}
              onSelect={go(
                () =>
                  void navigate({
                    to: '/p/$project/$environment/history',
                    params,
                    search: { r: Number(number) },
                  }),
              )}
            >
              r{number}
            </Entry>
          </Command.Group>
        )}
        {change && (
          <Command.Group heading="Change">
            <Entry
              icon="changes"
              value={`${words} c-${change}`}
              onSelect={go(
                () =>
                  void navigate({
                    to: '/p/$project/$environment/changes/$number',
                    params: { ...params, number: change },
                  }),
              )}
            >
              C-{change}
            </Entry>
          </Command.Group>
        )}
        <Command.Group heading="Flags">
          {flags.data?.items.map((flag) => (
            <Entry
              key={flag.key}
              icon="flag"
              value={`flag ${flag.key} ${flag.name} ${q}`}
              onSelect={go(
                () =>
                  void navigate({
                    to: '/p/$project/$environment/flags/$flag',
                    params: { ...params, flag: flag.key },
                  }),
              )}
            >
              <code>{flag.key}</code> <span className="t3">{flag.name}</span>
            </Entry>
          ))}
        </Command.Group>
        <Command.Group heading="Routes">
          {routes.data?.items.map((route) => (
            <Entry
              key={route.key}
              icon="route"
              value={`route ${route.key} ${route.name} ${q}`}
              onSelect={go(
                () =>
                  void navigate({
                    to: '/p/$project/$environment/routes/$route',
                    params: { ...params, route: route.key },
                  }),
              )}
            >
              {route.name} <code className="t3">{route.key}</code>
            </Entry>
          ))}
        </Command.Group>
        {words && (
          <>
            <Command.Group heading="Segments">
              {segments.data?.items.map((segment) => (
                <Entry
                  key={segment.key}
                  icon="segment"
                  value={`segment ${segment.key} ${String(segment.name ?? '')} ${q}`}
                  onSelect={go(
                    () =>
                      void navigate({
                        to: '/p/$project/$environment/segments',
                        params,
                        search: { key: segment.key },
                      }),
                  )}
                >
                  {String(segment.name ?? segment.key)}
                </Entry>
              ))}
            </Command.Group>
            <Command.Group heading={`Turn off in ${environment.name.toLowerCase()}`}>
              {flags.data?.items
                .filter((flag) => flag.environments.find((each) => each.environment === environment.key)?.on)
                .map((flag) => (
                  <Command.Item
                    key={flag.key}
                    value={`turn off ${flag.key} ${flag.name} ${words}`}
                    disabled={!can('editFlags')}
                    onSelect={go(
                      () =>
                        void navigate({
                          to: '/p/$project/$environment/flags/$flag',
                          params: { ...params, flag: flag.key },
                          search: { do: 'switch' },
                        }),
                    )}
                  >
                    <span className="st off">
                      <Shape kind="off" />
                    </span>
                    Turn off <code>{flag.key}</code>…
                    {!can('editFlags') && <span className="note">{refusal('editFlags', member)}</span>}
                  </Command.Item>
                ))}
            </Command.Group>
          </>
        )}
        <Command.Group heading="Pages">
          {places.map((place) => (
            <Entry
              key={place.to}
              icon={place.icon}
              value={`go to ${place.label}`}
              onSelect={go(() => void navigate({ to: place.to, params }))}
            >
              {place.label}
              <span className="palette-keys">
                <kbd>G</kbd> <kbd>{place.key.toUpperCase()}</kbd>
              </span>
            </Entry>
          ))}
        </Command.Group>
        <Command.Group heading="Do">
          {edits.length > 0 && (
            <Entry icon="check" value="open change apply review draft" onSelect={onChange}>
              Open your change <kbd className="palette-keys">C</kbd>
            </Entry>
          )}
          {project.environments
            .filter((each) => each.key !== environment.key)
            .map((each) => (
              <Command.Item
                key={each.key}
                value={`switch environment ${each.name}`}
                onSelect={go(() => switchTo(each.key))}
              >
                <EnvironmentMark production={each.production} /> Switch to {each.name}
              </Command.Item>
            ))}
          {themes.map((theme) => (
            <Entry
              key={theme}
              icon={theme === 'light' ? 'sun' : theme === 'dark' ? 'moon' : 'system'}
              value={`theme ${theme}`}
              onSelect={go(() => setTheme(theme))}
            >
              Theme: {theme}
            </Entry>
          ))}
          <Entry icon="menu" value="keyboard shortcuts keys" onSelect={onKeys}>
            Keyboard <kbd className="palette-keys">?</kbd>
          </Entry>
        </Command.Group>
      </Command.List>
    </Command.Dialog>
  )
}

function Entry({
  icon,
  value,
  onSelect,
  children,
}: {
  icon: IconName
  value: string
  onSelect: () => void
  children: ReactNode
}) {
  return (
    <Command.Item value={value} onSelect={onSelect}>
      <Icon name={icon} />
      {children}
    </Command.Item>
  )
}
