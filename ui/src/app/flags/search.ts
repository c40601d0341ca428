import { oneOf, present, type Raw, whole, word } from '@/search'

export const flagTypes = ['release', 'experiment', 'operational', 'permission'] as const

export const flagsSearch = (raw: Raw) =>
  present({
    q: word(raw, 'q'),
    state: oneOf(raw, 'state', ['on', 'off', 'partial']),
    tag: word(raw, 'tag'),
    owner: word(raw, 'owner'),
    type: oneOf(raw, 'type', flagTypes),
    /** The row that is selected. */
    row: word(raw, 'row'),
    do: oneOf(raw, 'do', ['new', 'switch']),
  })

export const flagSearch = (raw: Raw) =>
  present({
    tab: oneOf(raw, 'tab', ['variations', 'environments', 'used', 'history']),
    /** The rule that is open for editing: its id, or `new`, `everyone`. */
    rule: word(raw, 'rule'),
    seconds: whole(raw, 'seconds'),
    do: oneOf(raw, 'do', ['switch']),
    /** The palette's way to the same sheet. */
    off: whole(raw, 'off'),
  })
