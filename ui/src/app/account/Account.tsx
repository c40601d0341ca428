import { useQuery } from '@tanstack/react-query'
import { api } from '@/api/client'
import type { Account as AccountOf } from '@/api/types'
import { useScope } from '@/scope'
import { Card, Fact, Facts } from '@/ui/Card'
import { ErrorState, Skeleton } from '@/ui/Feedback'
import { Password } from './Password'
import { Sessions } from './Sessions'

export const accountKey = ['account']

/** One's own: how one signs in, and where one is signed in. */
export default function Account() {
  const { member } = useScope()
  const account = useQuery({ queryKey: accountKey, queryFn: () => api<AccountOf>('GET', '/account') })
  if (account.error) return <ErrorState error={account.error} onRetry={() => void account.refetch()} />
  if (!account.data) return <Skeleton rows={6} />
  const { email, hasIdentity, mayHavePassword, sessions } = account.data
  return (
    <div className="stack">
      <Card title={member.name}>
        <Facts>
          <Fact label="E-mail">{email ?? <span className="t3">none; an admin can give you one</span>}</Fact>
          <Fact label="Role">{member.role}</Fact>
          {hasIdentity && <Fact label="Provider">knows you: you can sign in there</Fact>}
        </Facts>
      </Card>
      {mayHavePassword && <Password account={account.data} />}
      <Sessions sessions={sessions} queryKey={accountKey} own />
    </div>
  )
}
