import type { EditOp, Flag, Manifest } from '@/api/types'
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
  /** Whether SDKs in browsers are given it, and those in mobile applications; servers always are. */
  browsers: boolean
  mobile: boolean
}

export const aboutOf = (flag: Flag): AboutFields => ({
  name: flag.name ?? '',
  description: flag.description ?? '',
  owner: flag.owner ?? '',
  tags: (flag.tags ?? []).join(', '),
  type: flag.type,
  expires: flag.expires ?? '',
  browsers: flag.clientSideAvailability.usingEnvironmentId,
  mobile: flag.clientSideAvailability.usingMobileKey,
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
  const { usingEnvironmentId, usingMobileKey } = flag.clientSideAvailability
  if (fields.browsers !== usingEnvironmentId || fields.mobile !== usingMobileKey)
    return [whole(flag, { name, description, owner, tags }, fields)]
  return [
    ...(Object.keys(details).length > 0 ? [{ type: 'setDetails' as const, ...details }] : []),
    ...(Object.keys(lifecycle).length > 0 ? [{ type: 'setLifecycle' as const, ...lifecycle }] : []),
  ]
}

/** Who is given a flag has no edit of its own: the flag is put as a whole. */
function whole(
  flag: Flag,
  details: { name: string; description: string; owner: string; tags: string[] },
  { type, expires, browsers, mobile }: AboutFields,
): EditOp {
  const said = Object.entries({ ...details, expires }).filter(([, value]) => value.length > 0)
  const { name: _name, description: _words, owner: _owner, tags: _tags, expires: _day, ...rest } = flag
  const clientSideAvailability = { usingMobileKey: mobile, usingEnvironmentId: browsers }
  const resource = { ...rest, ...Object.fromEntries(said), type, clientSideAvailability }
  return { type: 'put', resource: { kind: 'flag', ...resource } as unknown as Manifest }
}

/** "servers and browsers". */
export function receivers({ clientSideAvailability: to }: Flag): string {
  if (to.usingEnvironmentId && to.usingMobileKey) return 'servers, browsers and mobile applications'
  if (to.usingEnvironmentId) return 'servers and browsers'
  return to.usingMobileKey ? 'servers and mobile applications' : 'servers only'
}
