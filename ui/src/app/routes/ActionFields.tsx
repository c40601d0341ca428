import { useQuery } from '@tanstack/react-query'
import type { ArmAction } from '@/api/types'
import { useScope } from '@/scope'
import { Field, Select } from '@/ui/Field'
import { servicesQuery } from './queries'

/** What an arm leads to: a service's subset, a redirect or a fixed answer. */
export function ActionFields({
  action,
  onChange,
  label,
}: {
  action: ArmAction
  onChange: (action: ArmAction) => void
  label: string
}) {
  const { project, environment } = useScope()
  const { data } = useQuery(servicesQuery(project.key, environment.key))
  const subsets =
    data?.items.flatMap((service) => service.subsets.map((subset) => [service.key, subset.id] as const)) ?? []
  const current = action.type === 'service' ? `${action.service} ${action.subset}` : action.type
  return (
    <>
      <Select
        label={label}
        value={current}
        onChange={({ target: { value } }) => {
          if (value === 'redirect') return onChange({ type: 'redirect', location: '/', status: 308 })
          if (value === 'fixed') return onChange({ type: 'fixed', status: 503, body: '' })
          const [service = '', subset = ''] = value.split(' ')
          onChange({ type: 'service', service, subset })
        }}
      >
        {action.type === 'service' && !subsets.some((each) => each.join(' ') === current) && (
          <option value={current}>{current.trim() || 'Choose a backend'}</option>
        )}
        {subsets.map(([service, subset]) => (
          <option key={`${service} ${subset}`} value={`${service} ${subset}`}>
            {service} {subset}
          </option>
        ))}
        <option value="redirect">a redirect</option>
        <option value="fixed">a fixed answer</option>
      </Select>
      {action.type === 'redirect' && (
        <Field
          label={`${label}: location`}
          value={action.location}
          onChange={(event) => onChange({ ...action, location: event.target.value })}
        />
      )}
      {action.type === 'fixed' && (
        <>
          <Field
            label={`${label}: status`}
            inputMode="numeric"
            value={action.status}
            onChange={(event) => onChange({ ...action, status: Number(event.target.value) || 0 })}
          />
          <Field
            label={`${label}: body`}
            value={action.body}
            onChange={(event) => onChange({ ...action, body: event.target.value })}
          />
        </>
      )}
    </>
  )
}
