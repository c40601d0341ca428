import { day, oneOf, present, type Raw, word } from '@/search'

export const tabs = [
  'access',
  'environments',
  'guardrails',
  'git',
  'webhooks',
  'triggers',
  'audit',
  'account',
] as const

/** `tab` is the part that is open; `guardrail` and `hook` the one that is looked at, or `new`; the rest filters the audit log. */
export const settingsSearch = (raw: Raw) =>
  present({
    tab: oneOf(raw, 'tab', tabs),
    guardrail: word(raw, 'guardrail'),
    hook: word(raw, 'hook'),
    q: word(raw, 'q'),
    what: word(raw, 'what'),
    who: word(raw, 'who'),
    target: word(raw, 'target'),
    about: word(raw, 'about'),
    from: day(raw, 'from'),
    to: day(raw, 'to'),
  })
