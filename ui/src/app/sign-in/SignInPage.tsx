import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useRouter, useSearch } from '@tanstack/react-router'
import { type FormEvent, useEffect, useRef, useState } from 'react'
import { api } from '@/api/client'
import { isProblem } from '@/api/problem'
import { sessionQuery } from '@/api/queries'
import type { Session, Ways } from '@/api/types'
import { Brand } from '@/shell/Brand'
import { Button } from '@/ui/Button'
import { Details } from '@/ui/Details'
import { Failure } from '@/ui/Feedback'
import { Field } from '@/ui/Field'
import './signin.css'

type Secret = { token: string } | { email: string; password: string }

/** A one-time link signs in by itself; else a person does, in one of the ways that this server has. */
export default function SignInPage() {
  const { token, return: back, failed } = useSearch({ from: '/sign-in' })
  const client = useQueryClient()
  const router = useRouter()
  const navigate = useNavigate()
  const [busy, setBusy] = useState(!!token)
  const [error, setError] = useState<unknown>()
  const used = useRef<string>(undefined)
  const { data: ways } = useQuery({
    queryKey: ['ways', failed],
    queryFn: ({ signal }) => api<Ways>('GET', '/session/ways', { signal, params: { failed } }),
  })

  async function open(secret: Secret) {
    setBusy(true)
    setError(undefined)
    try {
      const session = await api<Session>('POST', '/session', { body: secret })
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
    void open({ token })
  })

  return (
    <main className="signin">
      <div className="signin-card">
        <Brand />
        {busy && (
          <p className="t2" role="status">
            Signing in…
          </p>
        )}
        {/* Hidden and not gone while it is tried: what was typed stays. */}
        <div className="signin-ways" hidden={busy}>
          <h1>Sign in</h1>
          {used.current && (isProblem(error, 401) || isProblem(error, 410)) ? (
            <div className="failure" role="alert">
              <p>
                <b>This link has been used or is too old.</b> A sign-in link works once, for a short time.
              </p>
            </div>
          ) : (
            <Failure error={error} />
          )}
          {ways?.failed && !error && (
            <div className="failure" role="alert">
              <p>{ways.failed}</p>
            </div>
          )}
          {ways?.provider && (
            <a
              className="btn primary wide"
              href={`/api/v1/session/provider${back ? `?return=${encodeURIComponent(back)}` : ''}`}
            >
              Sign in with {ways.provider}
            </a>
          )}
          {ways?.password && (
            <PasswordForm
              second={!!ways.provider}
              onSubmit={(email, password) => void open({ email, password })}
            />
          )}
          {ways && <TokenForm alone={!ways.password} onSubmit={(typed) => void open({ token: typed })} />}
        </div>
      </div>
    </main>
  )
}

function PasswordForm({
  second,
  onSubmit,
}: {
  /** Beside a way that most will take. */
  second: boolean
  onSubmit: (email: string, password: string) => void
}) {
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (email.trim() && password) onSubmit(email.trim(), password)
  }
  return (
    <form className="form" onSubmit={submit}>
      <Field
        label="E-mail"
        type="email"
        name="email"
        autoComplete="username"
        value={email}
        onChange={(event) => setEmail(event.target.value)}
      />
      <Field
        label="Password"
        type="password"
        name="password"
        autoComplete="current-password"
        value={password}
        onChange={(event) => setPassword(event.target.value)}
      />
      <Button type="submit" look={second ? 'plain' : 'primary'} wide disabled={!email.trim() || !password}>
        Sign in
      </Button>
    </form>
  )
}

function TokenForm({ alone, onSubmit }: { alone: boolean; onSubmit: (token: string) => void }) {
  const [typed, setTyped] = useState('')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (typed.trim()) onSubmit(typed.trim())
  }
  const parts = (
    <>
      <p className="t2">Open a sign-in link from an admin, or make one where Switchyard runs:</p>
      <pre className="command">switchyard sign-in-link</pre>
      <form className="form" onSubmit={submit}>
        <Field
          label="Or an API token"
          type="password"
          name="token"
          autoComplete="off"
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
        <Button type="submit" look={alone ? 'primary' : 'plain'} wide disabled={!typed.trim()}>
          Sign in with the token
        </Button>
      </form>
    </>
  )
  return alone ? (
    parts
  ) : (
    <Details summary="No password yet, or lost it? Use a link, or an API token">
      <div className="signin-others">{parts}</div>
    </Details>
  )
}
