import { useQuery } from '@tanstack/react-query'
import { useScope } from '@/scope'
import { Choice } from '@/ui/Choice'
import { ownersQuery, usePeople } from './people'

/** The filter of a list by who answers for it: everybody who owns something of the project. */
export function OwnerChoice({
  value,
  onOwner,
}: {
  value: string | undefined
  onOwner: (owner: string | undefined) => void
}) {
  const { project } = useScope()
  const { nameOf } = usePeople()
  const { data = [] } = useQuery(ownersQuery(project.key))
  return (
    <Choice
      name="Owner"
      value={value && nameOf(value)}
      onClear={() => onOwner(undefined)}
      options={data.flatMap(({ owner, name }) =>
        owner === undefined ? [] : [{ word: name, run: () => onOwner(owner) }],
      )}
    />
  )
}
