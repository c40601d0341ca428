import { oneOf, present, type Raw, word } from '@/search'

export const tabs = ['access', 'environments', 'guardrails'] as const

/** `tab` is the part that is open; `guardrail` the one that is edited, or `new`. */
export const settingsSearch = (raw: Raw) =>
  present({ tab: oneOf(raw, 'tab', tabs), guardrail: word(raw, 'guardrail') })
