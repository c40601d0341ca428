import { useQuery } from '@tanstack/react-query'
import type { Aspect, ResourceId } from '@/api/types'
import { useScope } from '@/scope'
import { whyQuery } from './queries'

/** Why the member may not change a part of a resource, in the server's words; undefined where they may, and until it is known. */
export function useMay(target: ResourceId): (aspect: Aspect) => string | undefined {
  const { project, member } = useScope()
  const { kind, key, environment } = target
  const asked = useQuery({
    ...whyQuery(project.key, { who: member.id, action: 'propose', kind, key, environment }),
    staleTime: 60_000,
  })
  return (aspect) => {
    const found = asked.data?.aspects?.find((each) => each.aspect === aspect)
    return found && !found.allowed ? sentence(found.why ?? 'You may not change this.') : undefined
  }
}

const sentence = (words: string) =>
  `${words.charAt(0).toUpperCase()}${words.slice(1)}${words.endsWith('.') ? '' : '.'}`
