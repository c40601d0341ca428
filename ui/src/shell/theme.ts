import { useSyncExternalStore } from 'react'

export type Theme = 'system' | 'light' | 'dark'
const storage = 'switchyard.theme'
const listeners = new Set<() => void>()

const current = (): Theme => (document.documentElement.dataset.theme as Theme | undefined) ?? 'system'

export function setTheme(theme: Theme) {
  if (theme === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = theme
  try {
    if (theme === 'system') localStorage.removeItem(storage)
    else localStorage.setItem(storage, theme)
  } catch {
    // Storage may be forbidden; the choice then lasts until the page closes.
  }
  for (const listener of listeners) listener()
}

/** Listens to both: the chosen theme and the system's. */
export function onTheme(listener: () => void): () => void {
  const media = matchMedia('(prefers-color-scheme: dark)')
  listeners.add(listener)
  media.addEventListener('change', listener)
  return () => {
    listeners.delete(listener)
    media.removeEventListener('change', listener)
  }
}

export const useTheme = (): Theme => useSyncExternalStore(onTheme, current)
export const nextTheme: Record<Theme, Theme> = { system: 'light', light: 'dark', dark: 'system' }
