import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useRouterState } from '@tanstack/react-router'
import { api } from '@/api/client'
import { draftQuery } from '@/api/queries'
import { useScope } from '@/scope'
import { Avatar } from '@/ui/Avatar'
import { IconButton } from '@/ui/Button'
import { EnvironmentMark } from '@/ui/EnvironmentMark'
import { Icon } from '@/ui/Icon'
import { Kbd } from '@/ui/Kbd'
import { Menu, MenuItem, MenuLine } from '@/ui/Menu'
import { Shape } from '@/ui/State'
import { count } from '@/ui/time'
import { Live } from './Live'
import { nextTheme, setTheme, type Theme, useTheme } from './theme'

export const modKey = /Mac|iPhone|iPad/.test(navigator.platform) ? '⌘' : 'Ctrl '

/** The same page in another environment. */
export function useSwitchEnvironment() {
  const navigate = useNavigate()
  const { project, environment } = useScope()
  const { pathname, searchStr } = useRouterState({ select: ({ location }) => location })
  return (key: string) => {
    const here = `/p/${encodeURIComponent(project.key)}/${encodeURIComponent(environment.key)}`
    const there = `/p/${encodeURIComponent(project.key)}/${encodeURIComponent(key)}`
    void navigate({ href: there + pathname.slice(here.length) + searchStr })
  }
}

export function TopBar({
  onPalette,
  onChange,
  onKeys,
}: {
  onPalette: () => void
  onChange: () => void
  onKeys: () => void
}) {
  const { project, environment } = useScope()
  const switchTo = useSwitchEnvironment()
  return (
    <header className="top">
      <div className="crumb">
        <span className="desk">{project.name}</span>
        <span className="sep desk" aria-hidden="true">
          ▸
        </span>
        <Menu
          label={`Environments of ${project.name}`}
          trigger={
            <button
              type="button"
              className={`env ${environment.production ? 'production' : 'other'}`}
              aria-label={`Environment: ${environment.name}. Switch`}
            >
              <EnvironmentMark production={environment.production} />
              {environment.name}
              <Icon name="down" size={12} />
            </button>
          }
        >
          {project.environments.map((each) => (
            <MenuItem
              key={each.key}
              checked={each.key === environment.key}
              onSelect={() => switchTo(each.key)}
            >
              <EnvironmentMark production={each.production} />
              {each.name}
            </MenuItem>
          ))}
        </Menu>
      </div>
      <button type="button" className="palette-open" onClick={onPalette}>
        <Icon name="search" />
        Go to, do, switch…
        <Kbd>{`${modKey}K`}</Kbd>
      </button>
      <TrayButton onChange={onChange} />
      <Live />
      <ThemeButton />
      <MemberMenu onKeys={onKeys} />
    </header>
  )
}

function TrayButton({ onChange }: { onChange: () => void }) {
  const { project } = useScope()
  const edits = useQuery(draftQuery(project.key)).data?.edits.length ?? 0
  if (edits === 0) return null
  const words = count(edits, 'edit')
  return (
    <button type="button" className="tray-btn" aria-label={`Open change, ${words}`} onClick={onChange}>
      <Shape kind="edited" size={14} />
      <span className="desk">Change · {words}</span>
      <span className="phone">{edits}</span>
    </button>
  )
}

const themeIcons = { system: 'system', light: 'sun', dark: 'moon' } as const satisfies Record<Theme, string>

function ThemeButton() {
  const theme = useTheme()
  return (
    <IconButton
      className="desk"
      icon={themeIcons[theme]}
      label={`Theme: ${theme}. Change to ${nextTheme[theme]}`}
      onClick={() => setTheme(nextTheme[theme])}
    />
  )
}

function MemberMenu({ onKeys }: { onKeys: () => void }) {
  const { project, environment, member } = useScope()
  const navigate = useNavigate()
  const client = useQueryClient()
  const signOut = async () => {
    // Without an answer the session ends by itself; the person wants to be out either way.
    await api('DELETE', '/session').catch(() => undefined)
    await navigate({ to: '/sign-in' })
    client.clear()
  }
  return (
    <Menu
      align="end"
      label={`${member.name}, ${member.role}`}
      trigger={
        <button type="button" className="member desk" aria-label={`${member.name}: menu`}>
          <Avatar name={member.name} />
        </button>
      }
    >
      <MenuItem onSelect={onKeys}>Keyboard</MenuItem>
      <MenuItem
        onSelect={() =>
          void navigate({
            to: '/p/$project/$environment/settings',
            params: { project: project.key, environment: environment.key },
          })
        }
      >
        Settings
      </MenuItem>
      <MenuItem
        onSelect={() =>
          void navigate({
            to: '/p/$project/$environment/settings',
            params: { project: project.key, environment: environment.key },
            search: { tab: 'account' },
          })
        }
      >
        Your account
      </MenuItem>
      <MenuLine />
      <MenuItem onSelect={() => void signOut()}>Sign out</MenuItem>
    </Menu>
  )
}
