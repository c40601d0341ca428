import { useSyncExternalStore } from 'react'

const phone = '(max-width: 760px)'

export function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (listener) => {
      const list = matchMedia(query)
      list.addEventListener('change', listener)
      return () => list.removeEventListener('change', listener)
    },
    () => matchMedia(query).matches,
  )
}

/** Is the page as narrow as on a phone? Where CSS can say it, CSS does. */
export const usePhone = (): boolean => useMedia(phone)
