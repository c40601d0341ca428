import { useNavigate, useSearch } from '@tanstack/react-router'
import type { Segment } from '@/api/types'
import { useScope } from '@/scope'
import { number } from '@/ui/time'
import { OwnerName } from '../people/people'
import { useResources } from '../resources/queries'
import { ResourceList } from '../resources/ResourceList'
import { keyCount } from './lists'
import { SegmentDetail } from './SegmentDetail'
import '../flags/flags.css'

/** Named groups of contexts that rules refer to. */
export default function SegmentsPage() {
  const from = '/p/$project/$environment/segments'
  const search = useSearch({ from })
  const navigate = useNavigate({ from })
  const { environment } = useScope()
  return (
    <ResourceList
      title="Segments"
      sub={`Groups that rules in ${environment.name.toLowerCase()} refer to by name.`}
      one="segment"
      list={useResources<Segment>('segments', search.q, search.owner)}
      search={search}
      onSearch={(next) => void navigate({ search: next, replace: true })}
      empty={{
        words: 'A segment names a group once, for many flags.',
        command: 'switchyard apply -f segments.yaml',
      }}
      head={
        <>
          <th>Segment</th>
          <th className="r">Included</th>
          <th className="r">Excluded</th>
          <th className="r">Rules</th>
          <th>Owner</th>
        </>
      }
      row={(item, select) => (
        <>
          <td>
            <button type="button" className="link" onClick={select}>
              {item.name ?? item.key}
            </button>
          </td>
          <td className="r">{number(keyCount(item, 'included'))}</td>
          <td className="r">{number(keyCount(item, 'excluded'))}</td>
          <td className="r">{item.rules?.length ?? 0}</td>
          <td>{item.owner ? <OwnerName of={item.owner} /> : '–'}</td>
        </>
      )}
      detail={(item, close) => (
        <SegmentDetail key={`${item.key} ${item.revision}`} segment={item} onClose={close} />
      )}
    />
  )
}
