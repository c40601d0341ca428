import { oneOf, present, type Raw, whole, word } from '@/search'

export const kinds = ['flag', 'targeting', 'segment', 'service', 'listener', 'route', 'guardrail'] as const

/** `r` is the revision that is open; `do` is the sheet on it; the rest filters. */
export const historySearch = (raw: Raw) =>
  present({
    r: whole(raw, 'r'),
    do: oneOf(raw, 'do', ['revert', 'restore']),
    environment: word(raw, 'environment'),
    kind: oneOf(raw, 'kind', kinds),
    key: word(raw, 'key'),
    author: word(raw, 'author'),
    q: word(raw, 'q'),
  })
