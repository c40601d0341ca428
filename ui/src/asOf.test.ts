import { afterEach, expect, test } from 'vitest'
import { asked, showAsOf } from './asOf'

afterEach(() => showAsOf(undefined))

test('only what is configuration is asked for as of then', () => {
  expect(asked('/projects/shop/environments/production/flags')).toEqual({})
  showAsOf(398)
  for (const path of [
    '/projects/shop/environments/production/flags',
    '/projects/shop/environments/production/flags/checkout-v2',
    '/projects/shop/environments/production/routes/catalog',
    '/projects/shop/resources',
  ])
    expect(asked(path), path).toEqual({ at: 398 })
  for (const path of [
    '/projects/shop/environments/production/traffic/flags/checkout-v2',
    '/projects/shop/environments/production/nodes',
    '/projects/shop/changes',
    '/projects/shop/revisions/398',
    '/session',
  ])
    expect(asked(path), path).toEqual({})
})
