import { oneOf, present, type Raw, whole, word } from '@/search'

export const flagTypes = ['release', 'experiment', 'operational', 'permission'] as const

export const typeHints: Record<(typeof flagTypes)[number], string> = {
  release: 'A new way on its way to everyone; lives for weeks.',
  experiment: 'Two or more ways side by side, to compare.',
  operational: 'A switch for bad days; lives long.',
  permission: 'Who may have what; lives long.',
}

export const flagsSearch = (raw: Raw) =>
  present({
    q: word(raw, 'q'),
    state: oneOf(raw, 'state', ['on', 'off', 'partial']),
    tag: word(raw, 'tag'),
    owner: word(raw, 'owner'),
    type: oneOf(raw, 'type', flagTypes),
    /** Another list than that of the flags in use. */
    list: oneOf(raw, 'list', ['stale', 'archived', 'unknown', 'code']),
    /** The row that is selected. */
    row: word(raw, 'row'),
    do: oneOf(raw, 'do', ['new', 'switch']),
    /** The key that a new flag begins with. */
    make: word(raw, 'make'),
  })

export const flagSearch = (raw: Raw) =>
  present({
    tab: oneOf(raw, 'tab', ['usage', 'variations', 'environments', 'used', 'history']),
    /** The rule that is open for editing: its id, or `new`, `everyone`. */
    rule: word(raw, 'rule'),
    seconds: whole(raw, 'seconds'),
    days: whole(raw, 'days'),
    do: oneOf(raw, 'do', ['switch']),
    /** The palette's way to the same sheet. */
    off: whole(raw, 'off'),
  })
