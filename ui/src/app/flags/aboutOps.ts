import type { EditOp, Flag } from '@/api/types'
import { same } from '@/same'

/** What people read of a flag, as they type it. */
export interface AboutFields {
  name: string
  description: string
  owner: string
  /** Between commas. */
  tags: string
  type: Flag['type']
  /** `2026-12-01`, or empty. */
  expires: string
}

export const aboutOf = (flag: Flag): AboutFields => ({
  name: flag.name ?? '',
  description: flag.description ?? '',
  owner: flag.owner ?? '',
  tags: (flag.tags ?? []).join(', '),
  type: flag.type,
  expires: flag.expires ?? '',
})

const tagsOf = (words: string) =>
  [
    ...new Set(
      words
        .split(',')
        .map((word) => word.trim())
        .filter(Boolean),
    ),
  ].sort()

/** The edits that make a flag read like `fields`: none where it does already. */
export function aboutOps(flag: Flag, fields: AboutFields): EditOp[] {
  const [name, description, owner] = [fields.name.trim(), fields.description.trim(), fields.owner.trim()]
  const tags = tagsOf(fields.tags)
  const details = {
    ...(name === (flag.name ?? '') ? {} : { name }),
    ...(description === (flag.description ?? '') ? {} : { description }),
    ...(owner === (flag.owner ?? '') ? {} : { owner }),
    ...(same(tags, flag.tags ?? []) ? {} : { tags }),
  }
  const lifecycle = {
    ...(fields.type === flag.type ? {} : { flagType: fields.type }),
    ...(fields.expires === (flag.expires ?? '') ? {} : { expires: fields.expires }),
  }
  return [
    ...(Object.keys(details).length > 0 ? [{ type: 'setDetails' as const, ...details }] : []),
    ...(Object.keys(lifecycle).length > 0 ? [{ type: 'setLifecycle' as const, ...lifecycle }] : []),
  ]
}
