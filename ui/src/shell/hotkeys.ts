import { useEffect, useRef } from 'react'

export interface Hotkey {
  /** "j", "?", "mod+k", or two keys one after the other: "g f". */
  keys: string
  label: string
  run: () => void
  group?: string
}

const active = new Set<{ current: Hotkey[] }>()
let pending = ''
let timer: ReturnType<typeof setTimeout> | undefined

/** Keys that hold while the component is on screen; the last one mounted wins. */
export function useHotkeys(hotkeys: Hotkey[]) {
  const ref = useRef(hotkeys)
  ref.current = hotkeys
  useEffect(() => {
    if (active.size === 0) document.addEventListener('keydown', onKey)
    active.add(ref)
    return () => {
      active.delete(ref)
      if (active.size === 0) document.removeEventListener('keydown', onKey)
    }
  }, [])
}

export const allHotkeys = (): Hotkey[] => [...active].flatMap((ref) => ref.current)

function onKey(event: KeyboardEvent) {
  if (event.defaultPrevented || event.altKey) return
  const mod = event.metaKey || event.ctrlKey
  if (!mod && (typing(event.target) || document.querySelector('[role="dialog"], [role="menu"]:popover-open')))
    return
  const pressed = `${mod ? 'mod+' : ''}${event.key.length === 1 ? event.key.toLowerCase() : event.key}`
  const sequence = pending ? `${pending} ${pressed}` : pressed
  clearTimeout(timer)
  pending = ''
  const found = find(sequence) ?? find(pressed)
  if (found) {
    event.preventDefault()
    found.run()
  } else if (!mod && allHotkeys().some(({ keys }) => keys.startsWith(`${pressed} `))) {
    pending = pressed
    timer = setTimeout(() => {
      pending = ''
    }, 1200)
  }
}

const find = (keys: string) => allHotkeys().findLast((hotkey) => hotkey.keys === keys)

const typing = (target: EventTarget | null) =>
  target instanceof HTMLElement &&
  (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
