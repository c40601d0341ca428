import { describe, expect, it } from 'vitest'
import type { Clause, Json } from '@/api/types'
import {
  clauseWords,
  isComplete,
  operatorWords,
  parseValue,
  parseValues,
  type ValueType,
  valuesText,
  valueType,
} from './clauses'

describe('a value as typed', () => {
  it.each<[string, ValueType, Json | undefined]>([
    ['DE', 'text', 'DE'],
    [' DE ', 'text', 'DE'],
    ['', 'text', undefined],
    ['12', 'number', 12],
    ['1,5', 'number', 1.5],
    ['dozen', 'number', undefined],
    ['true', 'boolean', true],
    ['maybe', 'boolean', undefined],
    ['2.4.0', 'version', '2.4.0'],
    ['v2.4', 'version', '2.4'],
    ['two', 'version', undefined],
    ['beta-testers', 'segment', 'beta-testers'],
    ['yesterday', 'date', undefined],
  ])('%j as %s', (text, type, expected) => {
    const parsed = parseValue(text, type)
    expect('value' in parsed ? parsed.value : undefined).toEqual(expected)
  })

  it.each<[string, ValueType, Json[], boolean]>([
    ['DE, AT', 'text', ['DE', 'AT'], false],
    ['DE\nDE;AT', 'text', ['DE', 'AT'], false],
    ['1, two, 3', 'number', [1], true],
    [' , ', 'text', [], false],
  ])('%j pasted as %s', (text, type, values, refused) => {
    const parsed = parseValues(text, type)
    expect(parsed.values).toEqual(values)
    expect(parsed.reason !== undefined).toBe(refused)
  })
})

describe('a clause in words', () => {
  const names = (key: string) => (key === 'beta' ? 'Beta testers' : key)
  it.each<[Clause, string]>([
    [{ attribute: 'country', op: 'in', values: ['DE', 'AT'] }, 'country is DE or AT'],
    [{ attribute: 'country', op: 'in', values: ['DE'], negate: true }, 'country is not DE'],
    [{ attribute: 'age', op: 'lessThanOrEqual', values: [17] }, 'age is at most 17'],
    [{ attribute: '', op: 'segmentMatch', values: ['beta'] }, 'segment is Beta testers'],
    [{ attribute: '', op: 'segmentMatch', values: ['beta'], negate: true }, 'segment is not Beta testers'],
    [{ attribute: '', op: 'in', values: [] }, '… is …'],
  ])('%j', (clause, expected) => expect(clauseWords(clause, names)).toBe(expected))

  it.each<[Json[], string]>([
    [[], '…'],
    [[true], 'true'],
    [['a', 'b', 'c'], 'a, b or c'],
    [['a', 'b', 'c', 'd', 'e', 'f'], 'a, b, c, d or 2 more'],
  ])('values %j', (values, expected) => expect(valuesText(values)).toBe(expected))

  it('an operator that a newer server knows is shown as it is called', () =>
    expect(operatorWords({ op: 'nearby' as Clause['op'] })).toBe('nearby'))
})

it.each<[Pick<Clause, 'op' | 'values'>, ValueType | undefined, ValueType]>([
  [{ op: 'lessThan', values: [] }, 'text', 'number'],
  [{ op: 'in', values: [] }, 'boolean', 'boolean'],
  [{ op: 'in', values: [3] }, 'text', 'number'],
  [{ op: 'in', values: ['3'] }, 'number', 'text'],
  [{ op: 'in', values: [] }, undefined, 'text'],
])('%j where the attribute gives %s is read as %s', (clause, suggested, expected) =>
  expect(valueType(clause, suggested)).toBe(expected),
)

it.each<[Clause, boolean]>([
  [{ attribute: 'country', op: 'in', values: ['DE'] }, true],
  [{ attribute: 'country', op: 'in', values: [] }, false],
  [{ attribute: ' ', op: 'in', values: ['DE'] }, false],
  [{ attribute: '', op: 'segmentMatch', values: ['beta'] }, true],
])('%j complete: %j', (clause, expected) => expect(isComplete(clause)).toBe(expected))
