import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { api, path } from '@/api/client'
import { key } from '@/api/queries'
import type { Webhook, WebhookCreated, WebhookDelivery } from '@/api/types'
import { useScope } from '@/scope'
import { Button } from '@/ui/Button'
import { EmptyState, Failure, Skeleton } from '@/ui/Feedback'
import { Sheet } from '@/ui/Sheet'
import { State } from '@/ui/State'
import { when } from '@/ui/time'
import { deliveriesQuery } from './queries'
import { told } from './words'

/** One webhook: what it was sent, what became of it, and what can be done with it. */
export function WebhookSheet({
  hook,
  onEdit,
  onSecret,
  onClose,
}: {
  hook: Webhook
  onEdit: () => void
  onSecret: (secret: string) => void
  onClose: () => void
}) {
  const { project } = useScope()
  const client = useQueryClient()
  const log = useQuery(deliveriesQuery(project.key, hook.id))
  const at = path`/projects/${project.key}/webhooks/${hook.id}`
  const onSettled = () => client.invalidateQueries({ queryKey: key(project.key, 'hooks') })
  const test = useMutation({ mutationFn: () => api('POST', `${at}/test`), onSettled })
  const again = useMutation({
    mutationFn: (id: string) => api('POST', at + path`/deliveries/${id}/send`),
    onSettled,
  })
  const turn = useMutation({
    mutationFn: () => api('PATCH', at, { body: { active: !hook.active } }),
    onSettled,
  })
  const rotate = useMutation({
    mutationFn: () => api<WebhookCreated>('POST', `${at}/rotate`),
    onSuccess: ({ secret }) => secret && onSecret(secret),
    onSettled,
  })
  const remove = useMutation({ mutationFn: () => api('DELETE', at), onSuccess: onClose, onSettled })
  const error = test.error ?? again.error ?? turn.error ?? rotate.error ?? remove.error ?? log.error
  return (
    <Sheet
      open
      onClose={onClose}
      wide
      title={hook.name}
      description={<span className="mono">{hook.url}</span>}
    >
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <div className="hook-log" role="log" aria-label="Messages, newest first" tabIndex={0}>
        {!log.data && <Skeleton rows={4} />}
        {log.data?.items.length === 0 && (
          <EmptyState title="Nothing was sent yet">Send a test to see whether it arrives.</EmptyState>
        )}
        {log.data?.items.map((message) => (
          <Message key={message.id} message={message} onAgain={() => again.mutate(message.id)} />
        ))}
      </div>
      {hook.stopped && <p className="field-error">It was turned off: {hook.stopped}.</p>}
      <Failure error={error} />
      <div className="sheet-acts wrap">
        <Button look="quiet" icon="trash" onClick={() => remove.mutate()}>
          Remove
        </Button>
        <Button onClick={onEdit}>Edit</Button>
        {hook.kind === 'standard' && <Button onClick={() => rotate.mutate()}>Replace secret</Button>}
        <Button onClick={() => turn.mutate()}>{hook.active ? 'Turn off' : 'Turn on'}</Button>
        <Button look="primary" disabled={!hook.active || test.isPending} onClick={() => test.mutate()}>
          Send a test
        </Button>
      </div>
    </Sheet>
  )
}

function Message({ message, onAgain }: { message: WebhookDelivery; onAgain: () => void }) {
  const { kind, words, more } = told(message)
  const data = (message.body as { data?: { summary?: string } }).data
  return (
    <details className="hook-message">
      <summary>
        <span className="hook-when t3 num">{when(message.createdAt)}</span>
        <span className="grow">
          <span className="hook-summary">{data?.summary ?? message.event}</span>
          <span className="s t3">
            {message.event}
            {more && ` · ${more}`}
          </span>
        </span>
        <State kind={kind}>{words}</State>
      </summary>
      <pre className="command">{JSON.stringify(message.body, null, 2)}</pre>
      {message.answer && (
        <>
          <p className="s t2">Its answer began:</p>
          <pre className="command">{message.answer}</pre>
        </>
      )}
      <Button small onClick={onAgain}>
        Send again
      </Button>
    </details>
  )
}
