// The one icon set: 16 by 16, stroke 1.5, drawn for this page.
const paths = {
  home: 'M2.5 7 8 2.5 13.5 7v6.5h-4V10h-3v3.5h-4z',
  flag: 'M3.5 14V2.5M3.5 3h8.5l-2 3 2 3H3.5',
  route: 'M2 8h3c3 0 3-4.5 6-4.5h3M5 8c3 0 3 4.5 6 4.5h3M12 1.5l2 2-2 2M12 10.5l2 2-2 2',
  segment:
    'M6 2.5a3 3 0 1 0 0 6 3 3 0 0 0 0-6M1.5 13.5c.4-2 2-3.2 4.5-3.2s4.100 1.200 4.500 3.200M10.500 2.800a3 3 0 0 1 0 5.400M12.200 10.700c1.300.5 2.100 1.500 2.300 2.800',
  service: 'M2.5 2.5h4.500v4.500H2.500zM9 9h4.500v4.500H9zM7 4.750h4.250V9',
  listener: 'M2 8h8.500M8 5l3 3-3 3M13.500 2.500v11',
  history: 'M2.500 8a5.500 5.500 0 1 0 1.700-4M2.500 2.500v2.700h2.700M8 5v3.200l2 1.300',
  search: 'M7 2.500a4.500 4.500 0 1 0 0 9 4.500 4.500 0 0 0 0-9M10.500 10.500l3 3',
  explain:
    'M5.700 6a2.300 2.300 0 1 1 3.200 2.100c-.6.3-.9.7-.9 1.400M8 12v.3M8 1.800a6.200 6.200 0 1 0 0 12.400A6.200 6.200 0 0 0 8 1.800',
  settings:
    'M8 5.800a2.200 2.200 0 1 0 0 4.400 2.200 2.200 0 0 0 0-4.400M8 1.800v1.800M8 12.400v1.800M1.800 8h1.800M12.400 8h1.800M3.600 3.600l1.300 1.300M11.100 11.100l1.300 1.300M12.400 3.600l-1.300 1.300M4.900 11.100l-1.300 1.300',
  sun: 'M8 5.200a2.800 2.800 0 1 0 0 5.600 2.800 2.800 0 0 0 0-5.600M8 1.500v1M8 13.500v1M1.500 8h1M13.500 8h1M3.400 3.400l.7.7M11.900 11.900l.7.7M12.600 3.400l-.7.7M4.100 11.900l-.7.7',
  moon: 'M13.200 9.600A5.600 5.600 0 1 1 6.400 2.800a4.500 4.500 0 0 0 6.800 6.800z',
  system: 'M2 3h12v8H2zM6 14h4M8 11v3',
  chevron: 'M6 4l4 4-4 4',
  down: 'M4 6.500 8 10.500l4-4',
  plus: 'M8 3v10M3 8h10',
  close: 'M4 4l8 8M12 4l-8 8',
  check: 'M3 8.500l3.200 3.200L13 5',
  undo: 'M6 3 3 6l3 3M3 6h6.500a3.500 3.500 0 0 1 0 7H7',
  restore: 'M8 2.500v6M5.500 6 8 8.500 10.500 6M3 10v3.500h10V10',
  copy: 'M5.500 5.500h8v8h-8zM3 10.500h-.5v-8h8V3',
  key: 'M10.500 2.500a3 3 0 1 0 0 6 3 3 0 0 0 0-6M8.300 7.700 2.500 13.500M4.500 11.500l1.500 1.500M6.500 9.500 8 11',
  trash: 'M2.500 4.500h11M6 4.500V2.500h4v2M4 4.500l.6 9h6.800l.6-9M6.700 7v4M9.300 7v4',
  more: 'M3.500 8h.01M8 8h.01M12.500 8h.01',
  menu: 'M2.500 4.500h11M2.500 8h11M2.500 11.500h11',
  external: 'M9.500 2.500h4v4M13.500 2.500 7.500 8.500M11.500 9v4.500h-9v-9H7',
  drag: 'M6 4h.01M6 8h.01M6 12h.01M10 4h.01M10 8h.01M10 12h.01',
  up: 'M4 9.500 8 5.500l4 4',
  code: 'M5 4 1.500 8 5 12M11 4l3.500 4-3.500 4',
  members:
    'M8 3a2.700 2.700 0 1 0 0 5.400A2.700 2.700 0 0 0 8 3M3 13.500c.5-2.300 2.300-3.500 5-3.500s4.500 1.200 5 3.500',
  changes: 'M3 4.500h10M3 8h6.500M3 11.500h4M10.500 12l1.500 1.500 2.500-3',
  comment: 'M2.500 3h11v8h-6l-3 2.500V11h-2z',
  filter: 'M2.500 3.500h11L9.500 8.500v4l-3 1.500V8.500z',
} as const

export type IconName = keyof typeof paths

/** Decoration only: the word beside it, or an aria-label on its control, says the same. */
export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth={name === 'more' || name === 'drag' ? 2 : 1.5}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={paths[name]} />
    </svg>
  )
}
