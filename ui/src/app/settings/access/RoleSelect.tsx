import type { Role } from '@/api/types'
import { Select } from '@/ui/Field'

const roles: Role[] = ['viewer', 'product', 'developer', 'operator', 'admin']

export function RoleSelect({
  label,
  value,
  onRole,
  disabled,
}: {
  label: string
  value: Role
  onRole: (role: Role) => void
  disabled?: boolean
}) {
  return (
    <Select
      label={label}
      hideLabel
      value={value}
      disabled={disabled}
      onChange={(event) => onRole(event.target.value as Role)}
    >
      {roles.map((role) => (
        <option key={role}>{role}</option>
      ))}
    </Select>
  )
}
