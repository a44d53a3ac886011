/** Every number, size and time a person reads goes through here (style I7). Pure: the present moment is an argument. */

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'] as const
const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const counts = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })

export function formatCount(n: number): string {
  return counts.format(n)
}

/** `2 files`, `1 file`: the noun in the singular, and in the plural where it is not just an s. */
export function formatCounted(n: number, singular: string, plural = `${singular}s`): string {
  return `${formatCount(n)} ${n === 1 ? singular : plural}`
}

/** IEC units with three significant digits: 1.66 TiB, 21.4 GiB, 214 MiB, 17 B. */
export function formatBytes(bytes: number): string {
  const { value, unit } = splitBytes(bytes)
  return `${value} ${unit}`
}

/** Number and unit apart, for columns and `1.66 of 1.82 TiB`. */
export function splitBytes(bytes: number): { readonly value: string; readonly unit: string } {
  const sign = bytes < 0 ? '\u2212' : ''
  let value = Math.abs(bytes)
  let unit = 0
  while (unit < UNITS.length - 1 && value >= (unit === 0 ? 1024 : 999.5)) {
    value /= 1024
    unit += 1
  }
  // UNITS[unit]: the loop above stops at the last one
  return { value: sign + (unit === 0 ? counts.format(value) : threeDigits(value)), unit: UNITS[unit]! }
}

/** `1.66 of 1.82 TiB`; the unit is said twice only when it differs. */
export function formatBytesOf(part: number, whole: number): string {
  const a = splitBytes(part)
  const b = splitBytes(whole)
  return a.unit === b.unit ? `${a.value} of ${b.value} ${b.unit}` : `${a.value} ${a.unit} of ${b.value} ${b.unit}`
}

/** A change of size with its sign: +1.2 MiB, −340 KiB. */
export function formatBytesDelta(bytes: number): string {
  return bytes > 0 ? `+${formatBytes(bytes)}` : formatBytes(bytes)
}

export function formatRate(bytesPerSecond: number): string {
  return `${formatBytes(bytesPerSecond)}/s`
}

/** A share of 1 as `38 %`. Rounded down below 100, so that 100 % means all. */
export function formatPercent(share: number): string {
  const percent = share * 100
  return `${percent >= 100 ? Math.round(percent) : Math.floor(percent + 1e-9)} %`
}

/** How long something took: 41 s, 1 min 48 s, 3 h 5 min, 2 days 4 h. */
export function formatDuration(ms: number): string {
  if (ms < SECOND) return 'under 1 s'
  const whole = Math.round(ms / SECOND) * SECOND
  if (whole < MINUTE) return `${whole / SECOND} s`
  if (whole < HOUR) return twoUnits(whole, MINUTE, 'min', SECOND, 's')
  if (whole < DAY) return twoUnits(whole, HOUR, 'h', MINUTE, 'min')
  const days = Math.floor(whole / DAY)
  const hours = Math.floor((whole % DAY) / HOUR)
  return `${days === 1 ? '1 day' : `${days} days`}${hours > 0 ? ` ${hours} h` : ''}`
}

/** A remaining time, rounded as estimates are: under a minute, 31 min, 5 h 40 min. Said after "about". */
export function formatEta(seconds: number): string {
  if (seconds < 45) return 'a moment'
  const minutes = Math.max(1, Math.round(seconds / 60))
  if (minutes < 60) return `${minutes} min`
  if (minutes < 24 * 60) return twoUnits(Math.round(minutes / 10) * 10 * MINUTE, HOUR, 'h', MINUTE, 'min')
  return `${Math.round(minutes / 60 / 24)} days`
}

/** `just now`, `4 min ago`, `13 h ago`, `5 days ago`, `in 54 min`. */
export function formatRelative(at: number, now: number): string {
  const distance = Math.abs(now - at)
  if (distance < MINUTE) return now >= at ? 'just now' : 'in a moment'
  const text = roughly(distance)
  return now >= at ? `${text} ago` : `in ${text}`
}

/** The same without its preposition, for the side bar: 4 min, 13 h, 5 d. */
export function formatAge(at: number, now: number): string {
  const distance = Math.max(0, now - at)
  if (distance < MINUTE) return 'now'
  if (distance < HOUR) return `${Math.floor(distance / MINUTE)} min`
  if (distance < 2 * DAY) return `${Math.floor(distance / HOUR)} h`
  if (distance < 60 * DAY) return `${Math.floor(distance / DAY)} d`
  return `${Math.floor(distance / (30 * DAY))} mo`
}

/** A moment as a person would say it: today 15:00, yesterday 02:41, Sunday 04:00, 14 Nov 09:00, 14 Nov 2025. */
export function formatMoment(at: number, now: number): string {
  const days = daysBetween(now, at)
  const time = formatTime(at)
  if (days === 0) return `today ${time}`
  if (days === -1) return `yesterday ${time}`
  if (days === 1) return `tomorrow ${time}`
  if (Math.abs(days) < 7) return `${new Intl.DateTimeFormat('en', { weekday: 'long' }).format(at)} ${time}`
  if (new Date(at).getFullYear() === new Date(now).getFullYear()) return `${formatDay(at, now)} ${time}`
  return formatDay(at, now)
}

/** 14 Nov, with the year when it is another one. */
export function formatDay(at: number, now: number): string {
  const date = new Date(at)
  const month = new Intl.DateTimeFormat('en', { month: 'short' }).format(date)
  const year = date.getFullYear() === new Date(now).getFullYear() ? '' : ` ${date.getFullYear()}`
  return `${date.getDate()} ${month}${year}`
}

/** 12 January, for sentences; with the year when it is more than eleven months away. */
export function formatDate(at: number, now: number): string {
  const date = new Date(at)
  const month = new Intl.DateTimeFormat('en', { month: 'long' }).format(date)
  const far = Math.abs(at - now) > 335 * DAY
  return `${date.getDate()} ${month}${far ? ` ${date.getFullYear()}` : ''}`
}

export function formatTime(at: number): string {
  const date = new Date(at)
  return `${pad(date.getHours())}:${pad(date.getMinutes())}`
}

export function formatTimeWithSeconds(at: number): string {
  return `${formatTime(at)}:${pad(new Date(at).getSeconds())}`
}

/** The whole truth for a tooltip: Friday 20 November 2026, 14:06:12. */
export function formatAbsolute(at: number): string {
  const date = new Date(at)
  const weekday = new Intl.DateTimeFormat('en', { weekday: 'long' }).format(date)
  const month = new Intl.DateTimeFormat('en', { month: 'long' }).format(date)
  return `${weekday} ${date.getDate()} ${month} ${date.getFullYear()}, ${formatTimeWithSeconds(at)}`
}

/** Heads of a list by day: Today, Yesterday, Monday, 14 November. */
export function formatDayHead(at: number, now: number): string {
  const days = daysBetween(now, at)
  if (days === 0) return 'Today'
  if (days === -1) return 'Yesterday'
  if (days < 0 && days > -7) return new Intl.DateTimeFormat('en', { weekday: 'long' }).format(at)
  return formatDate(at, now)
}

/** Whole local days from one moment to another; daylight saving does not count. */
export function daysBetween(from: number, to: number): number {
  const midnight = (at: number) => {
    const date = new Date(at)
    return Date.UTC(date.getFullYear(), date.getMonth(), date.getDate())
  }
  return Math.round((midnight(to) - midnight(from)) / DAY)
}

function roughly(ms: number): string {
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min`
  if (ms < DAY) return `${Math.floor(ms / HOUR)} h`
  if (ms < 60 * DAY) return formatCounted(Math.floor(ms / DAY), 'day')
  if (ms < 730 * DAY) return formatCounted(Math.floor(ms / (30.44 * DAY)), 'month')
  return formatCounted(Math.floor(ms / (365.25 * DAY)), 'year')
}

function twoUnits(ms: number, big: number, bigName: string, small: number, smallName: string): string {
  const rest = Math.floor((ms % big) / small)
  return `${Math.floor(ms / big)} ${bigName}${rest > 0 ? ` ${rest} ${smallName}` : ''}`
}

function threeDigits(value: number): string {
  if (value >= 99.95) return value.toFixed(0)
  return value >= 9.995 ? value.toFixed(1) : value.toFixed(2)
}

function pad(n: number): string {
  return String(n).padStart(2, '0')
}
