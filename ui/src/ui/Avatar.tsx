import { Icon, type IconName } from './Icon'
import './avatar.css'

/** A person's initial, or a square with an icon for what no person did. */
export function Avatar({ name, icon }: { name: string; icon?: IconName }) {
  return (
    <span className={icon ? 'av bot' : 'av'} aria-hidden="true">
      {icon ? <Icon name={icon} size={13} /> : name.trim().slice(0, 1).toUpperCase() || '?'}
    </span>
  )
}

export const Who = ({ name, icon }: { name: string; icon?: IconName }) => (
  <span className="who">
    <Avatar name={name} {...(icon ? { icon } : {})} />
    {name}
  </span>
)
