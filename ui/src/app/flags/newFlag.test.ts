import { describe, expect, it } from 'vitest'
import type { Json } from '@/api/types'
import { kindOfValue, readValue, readVariations, type ValueKind } from './newFlag'

it.each<[string, ValueKind, Json | undefined]>([
  ['true', 'boolean', true],
  ['yes', 'boolean', undefined],
  ['-1.5', 'number', -1.5],
  ['', 'number', undefined],
  ['1e999', 'number', undefined],
  ['', 'text', ''],
  ['{"a":[1]}', 'json', { a: [1] }],
  ['{a}', 'json', undefined],
])('%j as %s', (text, kind, expected) => {
  const read = readValue(text, kind)
  expect('value' in read ? read.value : undefined).toEqual(expected)
})

it.each<[Json, ValueKind]>([
  [false, 'boolean'],
  [0, 'number'],
  ['', 'text'],
  [null, 'json'],
  [[1], 'json'],
])('%j is %s', (value, kind) => expect(kindOfValue(value)).toBe(kind))

describe('variations', () => {
  it('are read together', () =>
    expect(
      readVariations(
        [
          { id: 'new', value: 'true' },
          { id: 'old', value: 'false' },
        ],
        'boolean',
      ),
    ).toEqual({
      variations: [
        { id: 'new', value: true },
        { id: 'old', value: false },
      ],
    }))

  it('each say what does not fit', () =>
    expect(
      readVariations(
        [
          { id: 'a', value: '1' },
          { id: 'a', value: 'two' },
          { id: '-b', value: '3' },
          { id: '', value: '4' },
        ],
        'number',
      ),
    ).toEqual({
      reasons: [
        {},
        { id: 'Taken above.', value: 'It is no number.' },
        { id: 'Letters, digits, “.”, “_”, “-”.' },
        { id: 'Letters, digits, “.”, “_”, “-”.' },
      ],
    }))
})
