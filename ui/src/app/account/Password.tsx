import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { api } from '@/api/client'
import { ApiProblem } from '@/api/problem'
import type { Account } from '@/api/types'
import { Button } from '@/ui/Button'
import { Card } from '@/ui/Card'
import { Failure } from '@/ui/Feedback'
import { Field } from '@/ui/Field'
import { accountKey } from './Account'

/** Sets one's password, or another one. */
export function Password({ account }: { account: Account }) {
  const client = useQueryClient()
  const [current, setCurrent] = useState('')
  const [next, setNext] = useState('')
  const set = useMutation({
    mutationFn: () =>
      api('PUT', '/account/password', { body: { new: next, ...(account.asksCurrent ? { current } : {}) } }),
    onSuccess: () => {
      setCurrent('')
      setNext('')
    },
    onSettled: () => void client.invalidateQueries({ queryKey: accountKey }),
  })
  const problems = set.error instanceof ApiProblem ? (set.error.problems.problems ?? []) : []
  const of = (path: string) => {
    const found = problems.find((problem) => problem.path === path)
    return found && `${found.reason}${found.hint ? `: ${found.hint}` : ''}`
  }
  const elsewhere = problems.length === 0 || problems.some(({ path }) => path !== 'new' && path !== 'current')
  const refused = account.email ? undefined : 'A password goes with an e-mail address, and you have none.'
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (next && !refused) set.mutate()
  }
  return (
    <Card title="Password">
      <form className="form password" onSubmit={submit}>
        {/* So that a password manager knows whose it is. */}
        <input
          className="vh"
          type="email"
          autoComplete="username"
          readOnly
          tabIndex={-1}
          aria-hidden
          value={account.email ?? ''}
        />
        {account.asksCurrent && (
          <Field
            label="The password you have"
            type="password"
            autoComplete="current-password"
            value={current}
            onChange={(event) => setCurrent(event.target.value)}
            error={of('current')}
          />
        )}
        <Field
          label={account.hasPassword ? 'Another password' : 'A password'}
          type="password"
          autoComplete="new-password"
          value={next}
          onChange={(event) => setNext(event.target.value)}
          hint="15 characters or more, as a few words that only you put together. Nothing else is asked of it."
          error={of('new')}
        />
        {elsewhere && <Failure error={set.error} />}
        <div className="row wrap">
          <Button type="submit" look="primary" refused={refused} disabled={!next || set.isPending}>
            {account.hasPassword ? 'Change password' : 'Set password'}
          </Button>
          <span className="t2" role="status">
            {set.isSuccess
              ? 'It is set, and your other sessions have ended.'
              : 'Your other sessions end with it.'}
          </span>
        </div>
      </form>
    </Card>
  )
}
