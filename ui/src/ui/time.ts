const locale = 'en-GB'
const clock = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit' })
const clockSeconds = new Intl.DateTimeFormat(locale, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
})
const weekday = new Intl.DateTimeFormat(locale, { weekday: 'long' })
const shortDate = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short' })
const longDate = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', year: 'numeric' })

const dayNumber = (at: Date) => Math.floor((at.getTime() - at.getTimezoneOffset() * 60_000) / 86_400_000)

export const time = (at: string | Date): string => clock.format(new Date(at))
/** "12 Nov". */
export const date = (at: string | Date): string => shortDate.format(new Date(at))
export const timeSeconds = (at: string | Date): string => clockSeconds.format(new Date(at))

/** "Today", "Yesterday", "Tuesday" within a week, then "12 Nov". */
export function day(at: string | Date, now = new Date()): string {
  const then = new Date(at)
  const days = dayNumber(now) - dayNumber(then)
  if (days <= 0) return 'Today'
  if (days === 1) return 'Yesterday'
  if (days < 7) return weekday.format(then)
  return then.getFullYear() === now.getFullYear() ? shortDate.format(then) : longDate.format(then)
}

/** "13:41" today, else "Tue 16:02" or "12 Nov". */
export function when(at: string | Date, now = new Date()): string {
  const word = day(at, now)
  if (word === 'Today') return time(at)
  if (word === 'Yesterday') return `Yesterday ${time(at)}`
  return /^\d/.test(word) ? word : `${word.slice(0, 3)} ${time(at)}`
}

/** "2 s ago", "12 min ago", "3 h ago", "5 days ago". */
export function ago(at: string | Date, now = Date.now()): string {
  const seconds = Math.max(0, Math.round((now - new Date(at).getTime()) / 1000))
  if (seconds < 60) return `${seconds} s ago`
  if (seconds < 3600) return `${Math.round(seconds / 60)} min ago`
  if (seconds < 86_400) return `${Math.round(seconds / 3600)} h ago`
  const days = Math.round(seconds / 86_400)
  return days === 1 ? '1 day ago' : `${days} days ago`
}

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })
const one = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 })

/** "1,842", "312", "45.6", "0.28": digits by size. */
export const number = (value: number): string =>
  value >= 100 || Number.isInteger(value)
    ? whole.format(value)
    : value >= 10
      ? one.format(value)
      : String(Number(value.toFixed(2)))

export const count = (n: number, one: string, many = `${one}s`): string =>
  `${whole.format(n)} ${n === 1 ? one : many}`

export const windowWords = (seconds: number): string =>
  seconds % 3600 === 0 ? count(seconds / 3600, 'hour') : `${Math.round(seconds / 60)} min`
