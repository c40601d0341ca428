import type { Trigger, TriggerFiring, WebhookDelivery } from '@/api/types'
import type { StateKind } from '@/ui/State'
import { count, timeSeconds } from '@/ui/time'

type Told = { kind: StateKind; words: string; more: string }

/** How far a message came: its state, and what to know about it. */
export function told(message: WebhookDelivery): Told {
  const tries = count(message.attempts, 'try', 'tries')
  switch (message.state) {
    case 'delivered':
      return {
        kind: 'done',
        words: 'arrived',
        more: `${message.status} in ${message.milliseconds} ms, ${tries}`,
      }
    case 'failed':
      return { kind: 'blocked', words: 'given up', more: `${tries}; ${message.error}` }
    case 'waiting':
      if (!message.error) return { kind: 'waiting', words: 'on its way', more: '' }
      return {
        kind: 'warn',
        words: 'tried again',
        more: `${tries}; ${message.error}. Again at ${timeSeconds(message.nextAt ?? message.createdAt)}`,
      }
  }
}

const outcomes: Record<string, { kind: StateKind; words: string }> = {
  applied: { kind: 'done', words: 'applied' },
  reverted: { kind: 'done', words: 'reverted' },
  proposed: { kind: 'waiting', words: 'waits for approval' },
  withdrawn: { kind: 'off', words: 'given up' },
  unchanged: { kind: 'off', words: 'nothing to do' },
  ignored: { kind: 'off', words: 'nothing to do' },
  refused: { kind: 'blocked', words: 'refused' },
}

/** What came of setting a trigger off. */
export const outcome = ({ outcome: word }: TriggerFiring): { kind: StateKind; words: string } =>
  outcomes[word ?? ''] ?? { kind: 'waiting', words: word ?? 'under way' }

/** Whether a trigger would do something now. */
export function readiness(trigger: Trigger): { kind: StateKind; words: string } {
  if (!trigger.active) return { kind: 'off', words: 'off' }
  if (trigger.powerless || !trigger.check.ok) return { kind: 'blocked', words: 'can’t act' }
  return { kind: 'on', words: 'on' }
}
