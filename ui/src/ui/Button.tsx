import type { ButtonHTMLAttributes, ReactNode } from 'react'
import { Icon, type IconName } from './Icon'
import { Kbd } from './Kbd'
import './button.css'

interface Props extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: 'plain' | 'primary' | 'stop' | 'edited' | 'quiet'
  small?: boolean
  wide?: boolean
  icon?: IconName
  shortcut?: string
  /** Why it can't be used now. It then stays focusable and says so, to all. */
  refused?: string | undefined
}

export function Button({
  look = 'plain',
  small,
  wide,
  icon,
  shortcut,
  refused,
  children,
  className,
  onClick,
  ...rest
}: Props) {
  const classes = ['btn', look, small && 'sm', wide && 'wide', className].filter(Boolean).join(' ')
  return (
    <button
      type="button"
      {...rest}
      className={classes}
      aria-disabled={refused ? true : undefined}
      title={refused ?? rest.title}
      onClick={refused ? (event) => event.preventDefault() : onClick}
    >
      {icon && <Icon name={icon} />}
      {children}
      {shortcut && <Kbd>{shortcut}</Kbd>}
      {refused && <span className="vh">, not possible: {refused}</span>}
    </button>
  )
}

export function IconButton({
  icon,
  label,
  className,
  ...rest
}: { icon: IconName; label: string } & ButtonHTMLAttributes<HTMLButtonElement>) {
  return (
    <button
      type="button"
      className={`icon-btn ${className ?? ''}`}
      aria-label={label}
      title={label}
      {...rest}
    >
      <Icon name={icon} />
    </button>
  )
}

/** A filter: pressed while it holds, dashed while it could. */
export function Chip({
  pressed,
  children,
  ...rest
}: { pressed?: boolean; children: ReactNode } & ButtonHTMLAttributes<HTMLButtonElement>) {
  return (
    <button type="button" className={`chip${pressed ? '' : ' dashed'}`} aria-pressed={!!pressed} {...rest}>
      {children}
    </button>
  )
}
