import {
  cloneElement,
  createContext,
  type KeyboardEvent,
  type MouseEvent,
  type ReactElement,
  type ReactNode,
  use,
  useId,
  useRef,
  useState,
} from 'react'
import './menu.css'

// On the platform's popover: it brings the top layer, light dismissal and Escape. A library's menu
// would cost a sixth of the entry's budget for the two menus of the top bar.

const Close = createContext<() => void>(() => {})

export function Menu({
  trigger,
  label,
  children,
  align = 'start',
}: {
  trigger: ReactElement
  label?: string
  children: ReactNode
  align?: 'start' | 'end'
}) {
  const id = useId()
  const menu = useRef<HTMLDivElement>(null)
  const [open, setOpen] = useState(false)
  const items = () => [...(menu.current?.querySelectorAll<HTMLElement>('[role="menuitem"]') ?? [])]

  const show = (event: MouseEvent<HTMLElement>) => {
    const element = menu.current!
    const box = event.currentTarget.getBoundingClientRect()
    element.showPopover()
    const width = element.offsetWidth
    const left = align === 'end' ? box.right - width : box.left
    element.style.left = `${Math.max(8, Math.min(left, innerWidth - width - 8))}px`
    element.style.top = `${box.bottom + 6}px`
    element.style.maxHeight = `${innerHeight - box.bottom - 14}px`
    items()[0]?.focus()
  }
  const keys = (event: KeyboardEvent) => {
    const all = items()
    const at = all.indexOf(document.activeElement as HTMLElement)
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key]
    if (event.key === 'Tab') menu.current?.hidePopover()
    if (next === undefined) return
    event.preventDefault()
    all[(next + all.length) % all.length]?.focus()
  }

  return (
    <Close value={() => menu.current?.hidePopover()}>
      {cloneElement(trigger as ReactElement<Record<string, unknown>>, {
        'aria-haspopup': 'menu',
        'aria-expanded': open,
        'aria-controls': open ? id : undefined,
        onClick: show,
      })}
      <div
        ref={menu}
        id={id}
        popover="auto"
        role="menu"
        aria-label={label}
        className="menu"
        tabIndex={-1}
        onKeyDown={keys}
        onToggle={(event) => setOpen(event.newState === 'open')}
      >
        {open && label && (
          <div className="menu-label" aria-hidden="true">
            {label}
          </div>
        )}
        {children}
      </div>
    </Close>
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
  const close = use(Close)
  return (
    <button
      type="button"
      role="menuitem"
      tabIndex={-1}
      className="menu-item"
      aria-disabled={refused ? true : undefined}
      aria-current={checked || undefined}
      onClick={() => {
        if (refused) return
        close()
        onSelect()
      }}
    >
      {children}
      {refused && <span className="note">{refused}</span>}
    </button>
  )
}

export const MenuLine = () => <hr className="menu-line" />
