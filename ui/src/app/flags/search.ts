import { oneOf, present, type Raw, whole, word } from '@/search'

export const flagsSearch = (raw: Raw) =>
  present({
    q: word(raw, 'q'),
    state: oneOf(raw, 'state', ['on', 'off', 'partial']),
    tag: word(raw, 'tag'),
    owner: word(raw, 'owner'),
    type: oneOf(raw, 'type', ['release', 'experiment', 'operational', 'permission']),
  })

export const flagSearch = (raw: Raw) =>
  present({
    tab: oneOf(raw, 'tab', ['variations', 'environments', 'used', 'history']),
    rule: word(raw, 'rule'),
    off: whole(raw, 'off'),
  })
