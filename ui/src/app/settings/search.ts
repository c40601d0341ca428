import { oneOf, present, type Raw, word } from '@/search'

export const tabs = ['access', 'environments', 'guardrails', 'audit'] as const

/** `tab` is the part that is open; `guardrail` the one that is edited, or `new`; the rest filters the audit log. */
export const settingsSearch = (raw: Raw) =>
  present({
    tab: oneOf(raw, 'tab', tabs),
    guardrail: word(raw, 'guardrail'),
    q: word(raw, 'q'),
    what: word(raw, 'what'),
    who: word(raw, 'who'),
    target: word(raw, 'target'),
  })
