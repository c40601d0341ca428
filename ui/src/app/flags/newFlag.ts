import type { Json, Variation } from '@/api/types'

export type ValueKind = 'boolean' | 'text' | 'number' | 'json'

export const valueKinds: { kind: ValueKind; words: string }[] = [
  { kind: 'boolean', words: 'On and off (boolean)' },
  { kind: 'text', words: 'Words (string)' },
  { kind: 'number', words: 'Numbers' },
  { kind: 'json', words: 'JSON' },
]

export interface VariationDraft {
  id: string
  value: string
}

interface Reasons {
  id?: string
  value?: string
}

export const kindOfValue = (value: Json): ValueKind =>
  typeof value === 'boolean'
    ? 'boolean'
    : typeof value === 'number'
      ? 'number'
      : typeof value === 'string'
        ? 'text'
        : 'json'

/** A variation's value as typed, or why it is none. */
export function readValue(text: string, kind: ValueKind): { value: Json } | { reason: string } {
  switch (kind) {
    case 'boolean':
      return text === 'true' || text === 'false'
        ? { value: text === 'true' }
        : { reason: 'It is true or false.' }
    case 'number': {
      const value = Number(text)
      return text.trim() !== '' && Number.isFinite(value) ? { value } : { reason: 'It is no number.' }
    }
    case 'json':
      try {
        return { value: JSON.parse(text) as Json }
      } catch {
        return { reason: 'It is no JSON.' }
      }
    default:
      return { value: text }
  }
}

/** All variations, or for each what does not fit. */
export function readVariations(
  drafts: readonly VariationDraft[],
  kind: ValueKind,
): { variations: Variation[] } | { reasons: Reasons[] } {
  const variations: Variation[] = []
  const reasons = drafts.map(({ id, value }, i): Reasons => {
    const read = readValue(value, kind)
    if ('value' in read) variations.push({ id, value: read.value })
    return {
      ...(/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(id)
        ? drafts.findIndex((each) => each.id === id) < i
          ? { id: 'Taken above.' }
          : {}
        : { id: 'Letters, digits, “.”, “_”, “-”.' }),
      ...('reason' in read ? { value: read.reason } : {}),
    }
  })
  return reasons.some((each) => each.id || each.value) ? { reasons } : { variations }
}
