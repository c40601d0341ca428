import { useQueryClient } from '@tanstack/react-query'
import { useNavigate, useRouter, useSearch } from '@tanstack/react-router'
import { type FormEvent, useEffect, useRef, useState } from 'react'
import { api } from '@/api/client'
import { isProblem } from '@/api/problem'
import { sessionQuery } from '@/api/queries'
import type { Session } from '@/api/types'
import { Brand } from '@/shell/Brand'
import { Button } from '@/ui/Button'
import { Failure } from '@/ui/Feedback'
import { Field } from '@/ui/Field'
import './signin.css'

/** A one-time link signs in by itself; else a person pastes an API token. */
export default function SignInPage() {
  const { token, return: back } = useSearch({ from: '/sign-in' })
  const client = useQueryClient()
  const router = useRouter()
  const navigate = useNavigate()
  const [typed, setTyped] = useState('')
  const [busy, setBusy] = useState(!!token)
  const [error, setError] = useState<unknown>()
  const used = useRef<string>(undefined)

  async function open(secret: string) {
    setBusy(true)
    setError(undefined)
    try {
      const session = await api<Session>('POST', '/session', { body: { token: secret } })
      client.setQueryData(sessionQuery.queryKey, session)
      // Only a path of this page: a link must not lead elsewhere after signing in.
      if (back?.startsWith('/') && !back.startsWith('//')) router.history.replace(back)
      else await navigate({ to: '/', replace: true })
    } catch (failure) {
      setError(failure)
      setBusy(false)
      if (token) void navigate({ to: '/sign-in', search: back ? { return: back } : {}, replace: true })
    }
  }

  useEffect(() => {
    // Once for each link, also where React runs effects twice.
    if (!token || used.current === token) return
    used.current = token
    void open(token)
  })

  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (typed.trim()) void open(typed.trim())
  }

  return (
    <main className="signin">
      <div className="signin-card">
        <Brand />
        {busy ? (
          <p className="t2" role="status">
            Signing in…
          </p>
        ) : (
          <>
            <h1>Sign in</h1>
            {isProblem(error, 401) || isProblem(error, 410) ? (
              <div className="failure" role="alert">
                <p>
                  <b>
                    {used.current ? 'This link has been used or is too old.' : 'This token is not known.'}
                  </b>{' '}
                  A sign-in link works once, for a short time.
                </p>
              </div>
            ) : (
              <Failure error={error} />
            )}
            <p className="t2">Open a sign-in link from an admin, or make one where Switchyard runs:</p>
            <pre className="command">switchyard sign-in-link</pre>
            <form className="form" onSubmit={submit}>
              <Field
                label="Or an API token"
                type="password"
                name="token"
                autoComplete="current-password"
                value={typed}
                onChange={(event) => setTyped(event.target.value)}
              />
              <Button type="submit" look="primary" wide disabled={!typed.trim()}>
                Sign in
              </Button>
            </form>
          </>
        )}
      </div>
    </main>
  )
}
