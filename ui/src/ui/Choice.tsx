import { Chip } from './Button'
import { Icon } from './Icon'
import { Menu, MenuItem } from './Menu'

/** One filter: a chip that offers its values, and says the one chosen with a way to take it off. */
export function Choice({
  name,
  value,
  options,
  onClear,
}: {
  name: string
  value: string | undefined
  options: { word: string; run: () => void }[]
  onClear: () => void
}) {
  if (value)
    return (
      <Chip pressed onClick={onClear} aria-label={`${name}: ${value}. Take the filter off`}>
        {value} <Icon name="close" size={12} />
      </Chip>
    )
  return (
    <Menu label={name} trigger={<Chip>{name}</Chip>}>
      {options.length === 0 && <p className="menu-label">None of those here has one.</p>}
      {options.map(({ word, run }) => (
        <MenuItem key={word} onSelect={run}>
          {word}
        </MenuItem>
      ))}
    </Menu>
  )
}
