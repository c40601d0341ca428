import { describe, expect, it } from 'vitest'
import type { Edit, EditOp, Rule } from '@/api/types'
import { mergeEdit, withoutEdit } from './merge'

const target = { kind: 'targeting', environment: 'production', key: 'checkout-v2' } as const
const on = (op: EditOp, key: string = target.key): Edit => ({ target: { ...target, key }, op })
const all = (...edits: Edit[]) => edits.reduce<Edit[]>(mergeEdit, [])
const rule = (id: string, extra: Partial<Rule> = {}): Rule => ({ id, clauses: [], variation: 0, ...extra })
const serve = (variation: number, of?: string): EditOp => ({
  type: 'setServe',
  serve: { variation },
  ...(of ? { rule: of } : {}),
})

const cases: [string, Edit[], Edit[]][] = [
  [
    'different resources stand beside each other',
    [on({ type: 'setOn', on: false }), on({ type: 'setOn', on: false }, 'b')],
    [on({ type: 'setOn', on: false }), on({ type: 'setOn', on: false }, 'b')],
  ],
  [
    'the same switch twice is said once',
    [on({ type: 'setOn', on: false }), on({ type: 'setOn', on: true })],
    [on({ type: 'setOn', on: true })],
  ],
  [
    'the same environment is part of the target',
    [
      on({ type: 'setOn', on: false }),
      { target: { ...target, environment: 'staging' }, op: { type: 'setOn', on: false } },
    ],
    [
      on({ type: 'setOn', on: false }),
      { target: { ...target, environment: 'staging' }, op: { type: 'setOn', on: false } },
    ],
  ],
  [
    'a replaced edit keeps its place',
    [on(serve(0)), on({ type: 'setOn', on: true }), on(serve(1))],
    [on(serve(1)), on({ type: 'setOn', on: true })],
  ],
  [
    'everyone else and a rule are different parts',
    [on(serve(0)), on(serve(1, 'a'))],
    [on(serve(0)), on(serve(1, 'a'))],
  ],
  [
    'a put swallows edits of parts',
    [on({ type: 'setOn', on: true }), on(serve(1)), on({ type: 'delete' })],
    [on({ type: 'delete' })],
  ],
  [
    'editing a rule of this change edits the addition',
    [
      on({ type: 'addRule', rule: rule('a') }),
      on(serve(1, 'a')),
      on({ type: 'moveRule', rule: 'a', index: 0 }),
    ],
    [on({ type: 'addRule', rule: rule('a', { variation: 1 }), index: 0 })],
  ],
  [
    'a rollout takes the place of a variation',
    [
      on({ type: 'addRule', rule: rule('a') }),
      on({ type: 'setServe', rule: 'a', serve: { rollout: { variations: [] } } }),
    ],
    [on({ type: 'addRule', rule: { id: 'a', clauses: [], rollout: { variations: [] } } })],
  ],
  [
    'removing a rule of this change leaves nothing',
    [on({ type: 'addRule', rule: rule('a') }), on({ type: 'removeRule', rule: 'a' })],
    [],
  ],
  [
    'removing a live rule drops its other edits',
    [on(serve(1, 'a')), on({ type: 'removeRule', rule: 'a' })],
    [on({ type: 'removeRule', rule: 'a' })],
  ],
]

describe('mergeEdit', () => {
  it.each(cases)('%s', (_name, edits, expected) => expect(all(...edits)).toEqual(expected))
  it('takes one edit out again', () => {
    const edits = all(on({ type: 'setOn', on: true }), on(serve(1)))
    expect(withoutEdit(edits, on(serve(0)))).toEqual([on({ type: 'setOn', on: true })])
  })
})
