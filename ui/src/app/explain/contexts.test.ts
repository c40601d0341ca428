import { expect, test } from 'vitest'
import { contextWords, readContext } from './contexts'

test('a context is said by its keys', () => {
  expect(contextWords({ kind: 'user', key: 'ann', plan: 'pro' })).toBe('ann')
  expect(contextWords({ key: 'ann' })).toBe('ann')
  expect(contextWords({ kind: 'org', key: 'acme' })).toBe('org acme')
  expect(contextWords({ kind: 'multi', user: { key: 'ann' }, org: { key: 'acme' } })).toBe(
    'user ann, org acme',
  )
})

test('what is no object is no context', () => {
  expect(readContext('{"key":"ann"}')).toEqual({ key: 'ann' })
  for (const text of ['', '{', '7', '[]', 'null', '"ann"']) expect(readContext(text)).toBeUndefined()
})
