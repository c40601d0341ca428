import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { api, path } from '@/api/client'
import type { Environment, UpstreamSet, UpstreamView } from '@/api/types'
import { useScope } from '@/scope'
import { Button } from '@/ui/Button'
import { Failure } from '@/ui/Feedback'
import { Field } from '@/ui/Field'
import { Sheet } from '@/ui/Sheet'
import { upstreamQuery } from './queries'

/** What an environment is to follow. */
export function UpstreamForm({
  environment,
  settings,
  onClose,
}: {
  environment: Environment
  settings: UpstreamSet | undefined
  onClose: () => void
}) {
  const { project } = useScope()
  const client = useQueryClient()
  const [uri, setUri] = useState(settings?.uri ?? 'https://stream.launchdarkly.com')
  const [sdkKey, setSdkKey] = useState('')
  const kept = settings !== undefined && uri.trim().replace(/\/+$/, '') === settings.uri
  const save = useMutation({
    mutationFn: () =>
      api<UpstreamView>('PUT', path`/projects/${project.key}/environments/${environment.key}/upstream`, {
        body: { uri: uri.trim(), ...(sdkKey.trim() ? { sdkKey: sdkKey.trim() } : {}) },
      }),
    onSuccess: (view) => {
      client.setQueryData(upstreamQuery(project.key, environment.key).queryKey, view)
      onClose()
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    save.mutate()
  }
  return (
    <Sheet
      open
      onClose={onClose}
      title={settings ? `What ${environment.name} follows` : `Follow LaunchDarkly in ${environment.name}`}
      description="Its flags and segments appear here, edited there. Every update is a revision that waits for no approval: it was decided over there."
    >
      <form className="form" onSubmit={submit}>
        <Field
          label="Stream"
          hint="LaunchDarkly’s, a Relay Proxy’s, or another Switchyard’s"
          value={uri}
          onChange={(event) => setUri(event.target.value)}
        />
        <Field
          label="SDK key"
          type="password"
          autoComplete="off"
          placeholder={
            kept
              ? settings.keyEnds
                ? `the one that ends in ${settings.keyEnds}`
                : 'the one it has'
              : 'sdk-…'
          }
          hint={
            kept
              ? 'Empty keeps the one it has'
              : 'The server-side key of the environment that is to be followed. It is kept sealed and never shown again'
          }
          value={sdkKey}
          onChange={(event) => setSdkKey(event.target.value)}
        />
        <Failure error={save.error} />
        <div className="row">
          <Button
            type="submit"
            look="primary"
            disabled={!uri.trim() || (!kept && !sdkKey.trim()) || save.isPending}
          >
            {settings ? 'Save' : 'Follow'}
          </Button>
        </div>
      </form>
    </Sheet>
  )
}
