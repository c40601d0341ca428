import type { EditOp, Writer } from '@/api/types'

export interface Managed {
  managedBy?: Writer
}

const names: Record<Exclude<Writer, 'page'>, string> = { git: 'Git', launchdarkly: 'LaunchDarkly' }

/** Who else than the people here writes it. */
export const writerOf = ({ managedBy }: Managed): string | undefined =>
  managedBy && managedBy !== 'page' ? names[managedBy] : undefined

/** Why it can't be edited here as the change has it. */
export function managedRefusal(draft: Managed): string | undefined {
  const writer = writerOf(draft)
  return writer && `${writer} manages it. Change it there, or take it over first.`
}

/** The resource with another writer. */
export function withWriter<T extends Managed>(resource: T, writer: Writer): T {
  const { managedBy: _old, ...rest } = resource
  return (writer === 'page' ? rest : { ...rest, managedBy: writer }) as T
}

export const takeOver: EditOp = { type: 'setManagedBy', writer: 'page' }
export const handToGit: EditOp = { type: 'setManagedBy', writer: 'git' }
