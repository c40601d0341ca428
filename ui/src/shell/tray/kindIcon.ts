import type { Kind } from '@/api/types'
import type { IconName } from '@/ui/Icon'

export const kindIcon: Record<Kind, IconName> = {
  flag: 'flag',
  targeting: 'flag',
  segment: 'segment',
  service: 'service',
  listener: 'listener',
  route: 'route',
  guardrail: 'guardrail',
}
