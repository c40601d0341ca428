import { useQuery } from '@tanstack/react-query'
import { api } from '@/api/client'
import type { SignedInSession } from '@/api/types'
import { Sessions } from '@/app/account/Sessions'
import { useScope } from '@/scope'
import { Failure } from '@/ui/Feedback'

const queryKey = ['sessions']

/** Who is signed in, for those who may end it. */
export function AllSessions() {
  const { can } = useScope()
  const enabled = can('administer')
  const sessions = useQuery({ queryKey, queryFn: () => api<SignedInSession[]>('GET', '/sessions'), enabled })
  if (sessions.error) return <Failure error={sessions.error} />
  return sessions.data ? <Sessions sessions={sessions.data} queryKey={queryKey} /> : null
}
