import { oneOf, present, type Raw } from '@/search'

export const tabs = ['access', 'environments'] as const

/** `tab` is the part that is open. */
export const settingsSearch = (raw: Raw) => present({ tab: oneOf(raw, 'tab', tabs) })
