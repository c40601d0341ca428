import { useSyncExternalStore } from 'react'
import type { RevisionView } from '@/api/types'

export interface ReceiptOf {
  project: string
  environment: string
  revision: RevisionView
}

let shown: ReceiptOf | undefined
const listeners = new Set<() => void>()

/** Shows what was applied and how far it got; undefined takes it away. */
export function showReceipt(next: ReceiptOf | undefined) {
  shown = next
  for (const listener of listeners) listener()
}

export const useReceipt = (): ReceiptOf | undefined =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => shown,
  )
