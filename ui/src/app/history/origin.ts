import type { RevisionView } from '@/api/types'
import type { IconName } from '@/ui/Icon'
import { plain } from '@/ui/Sentence'

/** Where a revision came from, in a few words; nothing for a plain change. */
export function originWords({ origin }: RevisionView): string {
  switch (origin.type) {
    case 'revert':
      return `reverts r${origin.of}`
    case 'restore':
      return `restores ${origin.environment ?? 'everything'} to r${origin.to}`
    case 'files':
      return 'from files'
    case 'setup':
      return 'set up'
    case 'trigger':
      return `set off by ${origin.name}`
    case 'git':
      return `from Git, ${origin.branch} at ${origin.commit.slice(0, 10)}`
    case 'launchdarkly':
      return `from LaunchDarkly, in ${origin.environment}`
    case 'change':
      return ''
  }
}

/** No person's initial for what came from files or the set-up. */
export const originIcon = ({ origin }: RevisionView): IconName | undefined =>
  origin.type === 'files' || origin.type === 'git' || origin.type === 'launchdarkly'
    ? 'code'
    : origin.type === 'setup'
      ? 'settings'
      : undefined

/** One line for a revision without a sentence of its own. */
export function headline(revision: RevisionView): string {
  if (revision.title) return revision.title
  const [first] = revision.edits
  if (!first) return revision.origin.type === 'setup' ? 'The project begins' : 'No resource changed'
  return plain(first.sentence)
}
