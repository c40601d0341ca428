import { expect, test } from 'vitest'
import type { Trigger, WebhookDelivery } from '@/api/types'
import { outcome, readiness, told } from './words'

const message: WebhookDelivery = {
  id: 'msg_1',
  event: 'change.submitted',
  state: 'waiting',
  createdAt: '2026-11-25T10:00:00Z',
  attempts: 0,
  body: {},
}

test('a message says how far it came', () => {
  expect(told(message)).toMatchObject({ kind: 'waiting', words: 'on its way' })
  const again = told({ ...message, attempts: 1, error: 'it answered 500', nextAt: '2026-11-25T10:00:05Z' })
  expect(again.more).toMatch(/^1 try; it answered 500\. Again at /)
  expect(told({ ...message, state: 'delivered', status: 204, milliseconds: 12, attempts: 2 }).more).toBe(
    '204 in 12 ms, 2 tries',
  )
  expect(told({ ...message, state: 'failed', attempts: 3, error: 'nobody answers there' }).kind).toBe(
    'blocked',
  )
})

test('what came of a firing has a word, also one that is new', () => {
  const firing = { number: 1, at: '', detail: '', excerpt: '' }
  expect(outcome({ ...firing, outcome: 'proposed' }).words).toBe('waits for approval')
  expect(outcome(firing).words).toBe('under way')
  expect(outcome({ ...firing, outcome: 'other' }).words).toBe('other')
})

test('a trigger whose maker is gone is not on', () => {
  const trigger = { active: true, check: { ok: true } } as Trigger
  expect(readiness(trigger).kind).toBe('on')
  expect(readiness({ ...trigger, powerless: 'gone' }).words).toBe('can’t act')
  expect(readiness({ ...trigger, active: false, powerless: 'gone' }).words).toBe('off')
})
