import * as Dropdown from '@radix-ui/react-dropdown-menu'
import type { ReactNode } from 'react'
import './menu.css'

export function Menu({
  trigger,
  label,
  children,
  align = 'start',
}: {
  trigger: ReactNode
  label?: string
  children: ReactNode
  align?: 'start' | 'end'
}) {
  return (
    <Dropdown.Root>
      <Dropdown.Trigger asChild>{trigger}</Dropdown.Trigger>
      <Dropdown.Portal>
        <Dropdown.Content className="menu" align={align} sideOffset={6} collisionPadding={8}>
          {label && <Dropdown.Label className="menu-label">{label}</Dropdown.Label>}
          {children}
        </Dropdown.Content>
      </Dropdown.Portal>
    </Dropdown.Root>
  )
}

/** `refused` says why an entry can't be chosen. */
export function MenuItem({
  children,
  onSelect,
  refused,
  checked,
}: {
  children: ReactNode
  onSelect: () => void
  refused?: string | undefined
  checked?: boolean
}) {
  return (
    <Dropdown.Item
      className="menu-item"
      disabled={!!refused}
      onSelect={onSelect}
      {...(checked === undefined ? {} : { 'data-checked': checked })}
    >
      {children}
      {refused && <span className="note">{refused}</span>}
    </Dropdown.Item>
  )
}

export const MenuLine = () => <Dropdown.Separator className="menu-line" />
