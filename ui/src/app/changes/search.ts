import { oneOf, present, type Raw } from '@/search'

export const tabs = ['needs', 'open', 'applied', 'mine'] as const
export type Tab = (typeof tabs)[number]

/** `tab` is the list that is open; without it, what needs the member. */
export const changesSearch = (raw: Raw) => present({ tab: oneOf(raw, 'tab', tabs) })
