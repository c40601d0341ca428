import type { IconName } from '@/ui/Icon'

type Target =
  | '/p/$project/$environment'
  | '/p/$project/$environment/flags'
  | '/p/$project/$environment/routes'
  | '/p/$project/$environment/segments'
  | '/p/$project/$environment/services'
  | '/p/$project/$environment/changes'
  | '/p/$project/$environment/history'
  | '/p/$project/$environment/explain'
  | '/p/$project/$environment/settings'

export interface Place {
  to: Target
  label: string
  icon: IconName
  /** `G`, then this. */
  key: string
}

export const home: Place = { to: '/p/$project/$environment', label: 'Home', icon: 'home', key: 'h' }
export const sections: { title: string; places: Place[] }[] = [
  {
    title: 'Who gets what',
    places: [
      { to: '/p/$project/$environment/flags', label: 'Flags', icon: 'flag', key: 'f' },
      { to: '/p/$project/$environment/routes', label: 'Routes', icon: 'route', key: 'r' },
      { to: '/p/$project/$environment/segments', label: 'Segments', icon: 'segment', key: 's' },
    ],
  },
  {
    title: 'Who may call',
    places: [{ to: '/p/$project/$environment/services', label: 'Services', icon: 'service', key: 'v' }],
  },
  {
    title: 'What changed',
    places: [
      { to: '/p/$project/$environment/changes', label: 'Changes', icon: 'changes', key: 'c' },
      { to: '/p/$project/$environment/history', label: 'History', icon: 'history', key: 'y' },
    ],
  },
]
export const foot: Place[] = [
  { to: '/p/$project/$environment/explain', label: 'Explain', icon: 'explain', key: 'e' },
  { to: '/p/$project/$environment/settings', label: 'Settings', icon: 'settings', key: ',' },
]
export const places: Place[] = [home, ...sections.flatMap((section) => section.places), ...foot]
