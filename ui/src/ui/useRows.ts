import { useEffect, useRef } from 'react'
import { useHotkeys } from '@/shell/hotkeys'

/** `J` and `K` move through `keys`, `Enter` opens. Put `data-row={key}` on a row to have it scrolled to. */
export function useRows(
  keys: readonly string[],
  selected: string | undefined,
  onSelect: (key: string) => void,
  onOpen?: (key: string) => void,
) {
  const moved = useRef(false)
  const step = (by: number) => {
    if (keys.length === 0) return
    const at = selected === undefined ? -1 : keys.indexOf(selected)
    moved.current = true
    onSelect(keys[Math.min(keys.length - 1, Math.max(0, at < 0 ? 0 : at + by))]!)
  }
  useHotkeys([
    { keys: 'j', label: 'Next row', run: () => step(1) },
    { keys: 'k', label: 'Previous row', run: () => step(-1) },
    ...(onOpen
      ? [{ keys: 'Enter', label: 'Open the row', run: () => selected !== undefined && onOpen(selected) }]
      : []),
  ])
  useEffect(() => {
    if (!moved.current || selected === undefined) return
    document.querySelector(`[data-row="${CSS.escape(selected)}"]`)?.scrollIntoView({ block: 'nearest' })
  }, [selected])
}
