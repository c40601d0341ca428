import { useNavigate, useSearch } from '@tanstack/react-router'
import type { Service } from '@/api/types'
import { useScope } from '@/scope'
import { count } from '@/ui/time'
import { OwnerName } from '../people/people'
import { useResources } from '../resources/queries'
import { ResourceList } from '../resources/ResourceList'
import { ServiceDetail } from './ServiceDetail'

/** Addresses that the service lists; where it lists none, discovery finds them. */
function listed({ subsets }: Service) {
  const addresses = subsets.reduce((sum, subset) => sum + (subset.endpoints?.length ?? 0), 0)
  return addresses > 0 ? (
    count(addresses, 'address', 'addresses')
  ) : (
    <span className="t3">where discovery finds it</span>
  )
}

/** What routes lead to: subsets and where they listen. */
export default function ServicesPage() {
  const from = '/p/$project/$environment/services'
  const search = useSearch({ from })
  const navigate = useNavigate({ from })
  const { environment } = useScope()
  return (
    <ResourceList
      title="Services"
      sub={`What routes in ${environment.name.toLowerCase()} lead to.`}
      one="service"
      list={useResources<Service>('services', search.q, search.owner)}
      search={search}
      onSearch={(next) => void navigate({ search: next, replace: true })}
      empty={{
        words: 'A service says where its subsets listen; routes lead to a subset.',
        command: 'switchyard apply -f services.yaml',
      }}
      head={
        <>
          <th>Service</th>
          <th>Subsets</th>
          <th>Listens at</th>
          <th>Owner</th>
          <th className="r">Revision</th>
        </>
      }
      row={(item, select) => (
        <>
          <td>
            <button type="button" className="link mono" onClick={select}>
              {item.key}
            </button>
          </td>
          <td className="mono">{item.subsets.map((subset) => subset.id).join(', ')}</td>
          <td>{listed(item)}</td>
          <td>{item.owner ? <OwnerName of={item.owner} /> : '–'}</td>
          <td className="r">r{item.revision}</td>
        </>
      )}
      detail={(item, close) => (
        <ServiceDetail key={`${item.key} ${item.revision}`} service={item} onClose={close} />
      )}
    />
  )
}
