// Reading search parameters: each page says what its own are; what does not fit is dropped.

export type Raw = Record<string, unknown>

/** A word, also where the URL's parser made a number of it. Empty is absent. */
export function word(raw: Raw, name: string): string | undefined {
  const value = raw[name]
  if (typeof value === 'string') return value || undefined
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined
}

export function whole(raw: Raw, name: string): number | undefined {
  const value = Number(raw[name])
  return raw[name] !== undefined && raw[name] !== '' && Number.isInteger(value) && value >= 0
    ? value
    : undefined
}

/** A day, as `2026-11-25`. */
export function day(raw: Raw, name: string): string | undefined {
  const value = raw[name]
  return typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value) && !Number.isNaN(Date.parse(value))
    ? value
    : undefined
}

export function oneOf<T extends string>(raw: Raw, name: string, allowed: readonly T[]): T | undefined {
  const value = raw[name]
  return allowed.find((candidate) => candidate === value)
}

/** Without the absent ones, so that the URL shows only what is set. */
export function present<T extends object>(search: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }
}
