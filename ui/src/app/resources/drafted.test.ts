import { expect, it } from 'vitest'
import type { EditOp, Service } from '@/api/types'
import { drafted } from './drafted'

const live: Service = { key: 'cart', owner: 'Payments', subsets: [{ id: 'v1' }] }
const put = (resource: Service): EditOp => ({
  type: 'put',
  resource: { ...resource, kind: 'service' } as never,
})

const cases: [string, EditOp[], Service][] = [
  ['nothing changes it', [], live],
  ['it is taken over', [{ type: 'setManagedBy', writer: 'page' }], live],
  ['it is handed over', [{ type: 'setManagedBy', writer: 'git' }], { ...live, managedBy: 'git' as const }],
  ['details are laid over it', [{ type: 'setDetails', name: 'Cart' }], { ...live, name: 'Cart' }],
  ['what is put takes its place', [put({ key: 'cart', subsets: [] })], { key: 'cart', subsets: [] }],
  [
    'edits count in their order',
    [put({ key: 'cart', owner: 'A', subsets: [] }), { type: 'setDetails', owner: 'B' }],
    { key: 'cart', owner: 'B', subsets: [] },
  ],
]
it.each(cases)('%s', (_words, ops, expected) => expect(drafted(live, ops)).toEqual(expected))
