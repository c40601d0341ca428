import { describe, expect, test } from 'vitest'
import type { Flag } from '@/api/types'
import { partOf } from '@/shell/tray/merge'
import { aboutOf, aboutOps, receivers } from './aboutOps'
import { applyToFlag } from './draft'

const flag: Flag = {
  key: 'f',
  owner: 'Payments',
  tags: ['web'],
  type: 'release',
  variations: [],
  clientSideAvailability: { usingMobileKey: false, usingEnvironmentId: false },
}

describe('what a flag is', () => {
  test('nothing typed is no edit', () => {
    expect(aboutOps(flag, aboutOf(flag))).toEqual([])
    expect(aboutOps(flag, { ...aboutOf(flag), tags: ' web , web' })).toEqual([])
  })

  test('only what differs is said, and applied it reads like that', () => {
    const fields = { ...aboutOf(flag), owner: '', tags: 'web, api', expires: '2026-12-01' }
    const ops = aboutOps(flag, fields)
    expect(ops).toEqual([
      { type: 'setDetails', owner: '', tags: ['api', 'web'] },
      { type: 'setLifecycle', expires: '2026-12-01' },
    ])
    expect(aboutOf(applyToFlag(flag, ops))).toEqual({ ...fields, tags: 'api, web' })
  })

  test('who is given it is said with the whole flag', () => {
    const fields = { ...aboutOf(flag), owner: '', tags: 'web, api', expires: '2026-12-01', mobile: true }
    const ops = aboutOps({ ...flag, archived: true }, fields)
    expect(ops).toHaveLength(1)
    const read = applyToFlag(flag, ops)
    expect(read).toEqual({
      key: 'f',
      archived: true,
      tags: ['api', 'web'],
      type: 'release',
      expires: '2026-12-01',
      variations: [],
      clientSideAvailability: { usingMobileKey: true, usingEnvironmentId: false },
    })
    expect(receivers(flag)).toBe('servers only')
    expect(receivers(read)).toBe('servers and mobile applications')
    expect(aboutOps(read, aboutOf(read))).toEqual([])
  })

  test('the archive is an edit of its own', () => {
    const archived = { type: 'setLifecycle', archived: true } as const
    expect(partOf(archived)).not.toBe(partOf({ type: 'setLifecycle', expires: '' }))
    expect(applyToFlag(flag, [archived]).archived).toBe(true)
    expect(applyToFlag(flag, [{ type: 'setLifecycle', expires: '' }])).toEqual(flag)
  })
})
