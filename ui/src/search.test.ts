import { describe, expect, it } from 'vitest'
import { explainSearch } from './app/explain/search'
import { flagSearch, flagsSearch } from './app/flags/search'
import { historySearch } from './app/history/search'
import { routeSearch, routesSearch } from './app/routes/search'
import { present, type Raw, whole, word } from './search'

it.each([
  ['abc', 'abc'],
  ['', undefined],
  [42, '42'],
  [true, 'true'],
  [null, undefined],
  [{ a: 1 }, undefined],
])('the word %j is %j', (value, expected) => expect(word({ q: value }, 'q')).toBe(expected))

it.each([
  [7, 7],
  ['7', 7],
  [0, 0],
  [-1, undefined],
  [1.5, undefined],
  ['', undefined],
  ['x', undefined],
  [undefined, undefined],
])('the number %j is %j', (value, expected) => expect(whole({ r: value }, 'r')).toBe(expected))

it('only what is set is shown', () => expect(present({ a: undefined, b: 0, c: '' })).toEqual({ b: 0, c: '' }))

describe('what each page keeps in its address', () => {
  it.each<[string, (raw: Raw) => object, Raw, object]>([
    [
      'flags',
      flagsSearch,
      { q: 'pay', state: 'on', type: 'release', row: 'checkout-v2', do: 'new', other: 1 },
      { q: 'pay', state: 'on', type: 'release', row: 'checkout-v2', do: 'new' },
    ],
    ['flags, of what it does not know', flagsSearch, { state: 'sleeping', type: 'x', do: 'delete' }, {}],
    [
      'flag',
      flagSearch,
      { tab: 'history', rule: 'de', seconds: 3600 },
      { tab: 'history', rule: 'de', seconds: 3600 },
    ],
    ['routes', routesSearch, { q: 404, listener: 'public' }, { q: '404', listener: 'public' }],
    [
      'route',
      routeSearch,
      { url: '/x', method: 'GET', h: 'a: b', arm: 'new', do: 'split' },
      { url: '/x', method: 'GET', h: 'a: b', arm: 'new', do: 'split' },
    ],
    [
      'history',
      historySearch,
      { r: '408', do: 'revert', kind: 'flag', author: 'lead' },
      { r: 408, do: 'revert', kind: 'flag', author: 'lead' },
    ],
    ['history, of a kind that is none', historySearch, { kind: 'cat', r: 'x' }, {}],
    ['explain', explainSearch, { method: 'POST', url: '/x', h: '' }, { method: 'POST', url: '/x' }],
  ])('%s', (_page, read, raw, expected) => {
    expect(read(raw)).toEqual(expected)
    expect(read(read(raw) as Raw)).toEqual(expected)
  })
})
