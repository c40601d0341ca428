import type { Clause, Json, Op } from '@/api/types'

export type ValueType = 'text' | 'number' | 'boolean' | 'date' | 'version' | 'segment'

interface Operator {
  op: Op
  words: string
  not: string
  type?: ValueType
}

/** The operators in words, as the select offers them. */
export const operators: Operator[] = [
  { op: 'in', words: 'is', not: 'is not' },
  { op: 'startsWith', words: 'starts with', not: 'does not start with', type: 'text' },
  { op: 'endsWith', words: 'ends with', not: 'does not end with', type: 'text' },
  { op: 'contains', words: 'contains', not: 'does not contain', type: 'text' },
  { op: 'matches', words: 'matches the expression', not: 'does not match the expression', type: 'text' },
  { op: 'lessThan', words: 'is less than', not: 'is not less than', type: 'number' },
  { op: 'lessThanOrEqual', words: 'is at most', not: 'is not at most', type: 'number' },
  { op: 'greaterThan', words: 'is more than', not: 'is not more than', type: 'number' },
  { op: 'greaterThanOrEqual', words: 'is at least', not: 'is not at least', type: 'number' },
  { op: 'before', words: 'is before', not: 'is not before', type: 'date' },
  { op: 'after', words: 'is after', not: 'is not after', type: 'date' },
  { op: 'semVerEqual', words: 'is version', not: 'is not version', type: 'version' },
  { op: 'semVerLessThan', words: 'is below version', not: 'is not below version', type: 'version' },
  { op: 'semVerGreaterThan', words: 'is above version', not: 'is not above version', type: 'version' },
  { op: 'segmentMatch', words: 'is in segment', not: 'is not in segment', type: 'segment' },
]

export const operatorWords = ({ op, negate }: Pick<Clause, 'op' | 'negate'>): string => {
  const found = operators.find((each) => each.op === op)
  return found ? (negate ? found.not : found.words) : op
}

/** What the values of a clause are read as. `is` takes the type of those it has, else what the attribute gives. */
export function valueType({ op, values }: Pick<Clause, 'op' | 'values'>, suggested?: ValueType): ValueType {
  const fixed = operators.find((each) => each.op === op)?.type
  if (fixed) return fixed
  const first = values[0]
  if (typeof first === 'number') return 'number'
  if (typeof first === 'boolean') return 'boolean'
  if (first !== undefined) return 'text'
  return suggested ?? 'text'
}

const version = /^v?\d+(\.\d+){0,2}(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/

export type Parsed = { value: Json } | { reason: string }

/** One typed value, or why it is none. */
export function parseValue(text: string, type: ValueType): Parsed {
  const word = text.trim()
  if (word === '') return { reason: 'Type a value.' }
  switch (type) {
    case 'number': {
      const value = Number(word.replace(',', '.'))
      return Number.isFinite(value) ? { value } : { reason: `“${word}” is no number.` }
    }
    case 'boolean': {
      const lower = word.toLowerCase()
      if (['true', 'yes', 'on'].includes(lower)) return { value: true }
      if (['false', 'no', 'off'].includes(lower)) return { value: false }
      return { reason: `“${word}” is neither true nor false.` }
    }
    case 'date': {
      // LaunchDarkly takes milliseconds or RFC 3339; a bare date means its first moment in UTC.
      if (/^\d{10,}$/.test(word)) return { value: Number(word) }
      const full = /^\d{4}-\d{2}-\d{2}$/.test(word) ? `${word}T00:00:00Z` : word
      const zoned = /^\d{4}-\d{2}-\d{2}[Tt].*(?:[Zz]|[+-]\d{2}:\d{2})$/.test(full)
      return zoned && !Number.isNaN(Date.parse(full))
        ? { value: full }
        : { reason: `“${word}” is no date. Write 2026-12-01 or 2026-12-01T09:00:00Z.` }
    }
    case 'version':
      return version.test(word)
        ? { value: word.replace(/^v/, '') }
        : { reason: `“${word}” is no version. Write 2.4.0.` }
    default:
      return { value: word }
  }
}

/** "DE, AT" pasted or typed: each one value, doubles once; the first that does not fit says why. */
export function parseValues(text: string, type: ValueType): { values: Json[]; reason?: string } {
  const words = text
    .split(/[\n,;]/)
    .map((word) => word.trim())
    .filter(Boolean)
  const values: Json[] = []
  for (const word of words) {
    const parsed = parseValue(word, type)
    if ('reason' in parsed) return { values, reason: parsed.reason }
    if (!values.includes(parsed.value)) values.push(parsed.value)
  }
  return { values }
}

export const valueText = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value))

/** "DE or AT", "DE, AT or 3 more". */
export function valuesText(values: readonly Json[], most = 4): string {
  const words = values.slice(0, most).map(valueText)
  const more = values.length - most
  if (more > 0) return `${words.join(', ')} or ${more} more`
  return words.length > 1 ? `${words.slice(0, -1).join(', ')} or ${words.at(-1)}` : (words[0] ?? '…')
}

export const isComplete = (clause: Clause): boolean =>
  clause.values.length > 0 && (clause.op === 'segmentMatch' || clause.attribute.trim() !== '')

/** "country is DE or AT"; segments by their name. */
export function clauseWords(clause: Clause, segmentName: (key: string) => string): string {
  if (clause.op === 'segmentMatch') {
    const names = clause.values.map((value) => segmentName(valueText(value)))
    return `${clause.negate ? 'segment is not' : 'segment is'} ${valuesText(names)}`
  }
  const attribute = clause.attribute || '…'
  return `${attribute} ${operatorWords(clause)} ${valuesText(clause.values)}`
}
