import { day, oneOf, present, type Raw, word } from '@/search'

export const tabs = [
  'access',
  'policies',
  'environments',
  'guardrails',
  'git',
  'upstream',
  'webhooks',
  'triggers',
  'audit',
  'account',
] as const

/** `tab` is the part that is open; `guardrail`, `hook` and `policy` the one that is looked at, or `new`; `why` is asked of the policies; the rest filters the audit log. */
export const settingsSearch = (raw: Raw) =>
  present({
    tab: oneOf(raw, 'tab', tabs),
    guardrail: word(raw, 'guardrail'),
    hook: word(raw, 'hook'),
    policy: word(raw, 'policy'),
    why: word(raw, 'why'),
    q: word(raw, 'q'),
    what: word(raw, 'what'),
    who: word(raw, 'who'),
    target: word(raw, 'target'),
    about: word(raw, 'about'),
    from: day(raw, 'from'),
    to: day(raw, 'to'),
  })
