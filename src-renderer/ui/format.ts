import { language, locale, type TextKey, t } from '../i18n/translate.ts'

/**
 * Every number, size and time a person reads goes through here (style I7), in the chosen language. The present moment is
 * an argument.
 */

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'] as const
const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const formatters = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat>()

/** One formatter a language and form: making them is slow, and tables ask for thousands. */
function cached<F extends Intl.NumberFormat | Intl.DateTimeFormat>(form: string, create: (place: string) => F): F {
  const key = `${locale()} ${form}`
  const found = formatters.get(key) as F | undefined // each form has one maker
  if (found !== undefined) return found
  const made = create(locale())
  formatters.set(key, made)
  return made
}

function number(value: number, digits = 0): string {
  return cached(
    `n${digits}`,
    (place) => new Intl.NumberFormat(place, { minimumFractionDigits: digits, maximumFractionDigits: digits }),
  ).format(value)
}

function date(at: number | Date, options: Intl.DateTimeFormatOptions): string {
  return cached(JSON.stringify(options), (place) => new Intl.DateTimeFormat(place, options)).format(at)
}

export function formatCount(n: number): string {
  return number(n)
}

type Noun = Extract<TextKey, `count.${string}`> extends `count.${infer Name}` ? Name : never

/** `2 files`, `1 file`. */
export function formatCounted(n: number, noun: Noun): string {
  const key: `count.${Noun}` = `count.${noun}`
  return t(key, { count: n })
}

/** IEC units with three significant digits: 1.66 TiB, 21.4 GiB, 214 MiB, 17 B. */
export function formatBytes(bytes: number): string {
  const { value, unit } = splitBytes(bytes)
  return `${value} ${unit}`
}

/** Number and unit apart, for columns and `1.66 of 1.82 TiB`. */
export function splitBytes(bytes: number): { readonly value: string; readonly unit: string } {
  const sign = bytes < 0 ? '\u2212' : ''
  const power = unitPower(bytes)
  const value = Math.abs(bytes) / 1024 ** power
  // UNITS[power]: it is never more than that of the last one
  return { value: sign + (power === 0 ? number(value) : threeDigits(value)), unit: UNITS[power]! }
}

/** Of 1024, the power that makes the unit in which a size is said. */
export function unitPower(bytes: number): number {
  let value = Math.abs(bytes)
  let power = 0
  while (power < UNITS.length - 1 && value >= (power === 0 ? 1024 : 999.5)) {
    value /= 1024
    power += 1
  }
  return power
}

/** Plain numbers of one unit, as on an axis: 0 GiB, 0.5 GiB, 1 GiB. */
export function formatBytesIn(bytes: number, power: number): string {
  const plain = cached('plain', (place) => new Intl.NumberFormat(place, { maximumFractionDigits: 2 }))
  return `${plain.format(bytes / 1024 ** power)} ${UNITS[power] ?? ''}`
}

/** `1.66 of 1.82 TiB`; the unit is said twice only when it differs. */
export function formatBytesOf(part: number, whole: number): string {
  const a = splitBytes(part)
  const b = splitBytes(whole)
  return t('time.bytesOf', {
    part: a.unit === b.unit ? a.value : `${a.value} ${a.unit}`,
    whole: `${b.value} ${b.unit}`,
  })
}

/** A change of size with its sign: +1.2 MiB, −340 KiB. */
export function formatBytesDelta(bytes: number): string {
  return bytes > 0 ? `+${formatBytes(bytes)}` : formatBytes(bytes)
}

export function formatRate(bytesPerSecond: number): string {
  return t('time.perSecond', { bytes: formatBytes(bytesPerSecond) })
}

/** A share of 1 as `38 %`. Rounded down below 100, so that 100 % means all. */
export function formatPercent(share: number): string {
  const percent = share * 100
  return `${number(percent >= 100 ? Math.round(percent) : Math.floor(percent + 1e-9))} %`
}

/** How long something took: 41 s, 1 min 48 s, 3 h 5 min, 2 days 4 h. */
export function formatDuration(ms: number): string {
  if (ms < SECOND) return t('time.underSecond')
  const whole = Math.round(ms / SECOND) * SECOND
  if (whole < MINUTE) return t('time.seconds', { n: whole / SECOND })
  if (whole < HOUR) return twoUnits(whole, MINUTE, 'minutes', SECOND, 'seconds')
  if (whole < DAY) return twoUnits(whole, HOUR, 'hours', MINUTE, 'minutes')
  const hours = Math.floor((whole % DAY) / HOUR)
  const days = t('time.days', { count: Math.floor(whole / DAY) })
  return hours > 0 ? `${days} ${t('time.hours', { n: hours })}` : days
}

/** A remaining time, rounded as estimates are: under a minute, 31 min, 5 h 40 min. Said after "about". */
export function formatEta(seconds: number): string {
  if (seconds < 45) return t('time.aMoment')
  const minutes = Math.max(1, Math.round(seconds / 60))
  if (minutes < 60) return t('time.minutes', { n: minutes })
  if (minutes < 24 * 60) return twoUnits(Math.round(minutes / 10) * 10 * MINUTE, HOUR, 'hours', MINUTE, 'minutes')
  return t('time.days', { count: Math.round(minutes / 60 / 24) })
}

/** `just now`, `4 min ago`, `13 h ago`, `5 days ago`, `in 54 min`. */
export function formatRelative(at: number, now: number): string {
  const distance = Math.abs(now - at)
  const isPast = now >= at
  if (distance < MINUTE) return isPast ? t('time.justNow') : t('time.inAMoment')
  if (distance < DAY) {
    const time =
      distance < HOUR
        ? t('time.minutes', { n: Math.floor(distance / MINUTE) })
        : t('time.hours', { n: Math.floor(distance / HOUR) })
    return isPast ? t('time.ago', { time }) : t('time.in', { time })
  }
  if (distance < 60 * DAY) {
    const count = Math.floor(distance / DAY)
    return isPast ? t('time.daysAgo', { count }) : t('time.inDays', { count })
  }
  if (distance < 730 * DAY) {
    const count = Math.floor(distance / (30.44 * DAY))
    return isPast ? t('time.monthsAgo', { count }) : t('time.inMonths', { count })
  }
  const count = Math.floor(distance / (365.25 * DAY))
  return isPast ? t('time.yearsAgo', { count }) : t('time.inYears', { count })
}

/** Of what has happened: never `in a moment`, though the window's clock may be some seconds behind. */
export function formatAgo(at: number, now: number): string {
  return formatRelative(Math.min(at, now), now)
}

/** The same without its preposition, for the side bar: 4 min, 13 h, 5 d. */
export function formatAge(at: number, now: number): string {
  const distance = Math.max(0, now - at)
  if (distance < MINUTE) return t('time.now')
  if (distance < HOUR) return t('time.minutes', { n: Math.floor(distance / MINUTE) })
  if (distance < 2 * DAY) return t('time.hours', { n: Math.floor(distance / HOUR) })
  if (distance < 60 * DAY) return t('time.shortDays', { n: Math.floor(distance / DAY) })
  return t('time.shortMonths', { n: Math.floor(distance / (30 * DAY)) })
}

/** A moment as a person would say it: today 15:00, yesterday 02:41, Sunday 04:00, 14 Nov 09:00, 14 Nov 2025. */
export function formatMoment(at: number, now: number): string {
  const days = daysBetween(now, at)
  const time = formatTime(at)
  if (days === 0) return t('time.today', { time })
  if (days === -1) return t('time.yesterday', { time })
  if (days === 1) return t('time.tomorrow', { time })
  if (Math.abs(days) < 7) return t('time.weekday', { day: formatWeekday(at, 'long'), time })
  return isSameYear(at, now) ? `${formatDay(at, now)} ${time}` : formatDay(at, now)
}

/** The same after "next": the bare time today, `at 15:00`. */
export function formatMomentAt(at: number, now: number): string {
  return daysBetween(now, at) === 0 ? t('time.at', { time: formatTime(at) }) : formatMoment(at, now)
}

/** 14 Nov, with the year when it is another one. */
export function formatDay(at: number, now: number): string {
  return date(at, { day: 'numeric', month: 'short', ...(isSameYear(at, now) ? {} : { year: 'numeric' }) })
}

/** 12 January, for sentences; with the year when it is more than eleven months away. */
export function formatDate(at: number, now: number): string {
  const isFar = Math.abs(at - now) > 335 * DAY
  return date(at, { day: 'numeric', month: 'long', ...(isFar ? { year: 'numeric' } : {}) })
}

/** Wednesday 18 November, with the year when it is another one; the weekday long or short, the month likewise. */
export function formatWeekdayDate(at: number, now: number, form: 'long' | 'short'): string {
  return date(at, {
    weekday: form,
    day: 'numeric',
    month: form,
    ...(isSameYear(at, now) ? {} : { year: 'numeric' }),
  })
}

export function formatWeekday(at: number, form: 'long' | 'short'): string {
  return date(at, { weekday: form })
}

export function formatMonth(at: number | Date, form: 'short' | 'withYear'): string {
  return date(at, form === 'short' ? { month: 'short' } : { month: 'long', year: 'numeric' })
}

export function formatTime(at: number): string {
  const moment = new Date(at)
  return `${pad(moment.getHours())}:${pad(moment.getMinutes())}`
}

export function formatTimeWithSeconds(at: number): string {
  return `${formatTime(at)}:${pad(new Date(at).getSeconds())}`
}

/** The whole truth for a tooltip: Friday 20 November 2026, 14:06:12. */
export function formatAbsolute(at: number, weekday: 'long' | 'short' = 'long'): string {
  const day = date(at, { weekday, day: 'numeric', month: 'long', year: 'numeric' })
  // English writes a comma after the short weekday, which would be the first of two.
  const plain = language() === 'en' ? day.replace(',', '') : day
  return t('time.point', { day: plain, time: formatTimeWithSeconds(at) })
}

/** Heads of a list by day: Today, Yesterday, Monday, 14 November. */
export function formatDayHead(at: number, now: number): string {
  const days = daysBetween(now, at)
  if (days === 0) return t('time.headToday')
  if (days === -1) return t('time.headYesterday')
  return days < 0 && days > -7 ? formatWeekday(at, 'long') : formatDate(at, now)
}

/** Whole local days from one moment to another; daylight saving does not count. */
export function daysBetween(from: number, to: number): number {
  const midnight = (at: number) => {
    const moment = new Date(at)
    return Date.UTC(moment.getFullYear(), moment.getMonth(), moment.getDate())
  }
  return Math.round((midnight(to) - midnight(from)) / DAY)
}

function isSameYear(a: number, b: number): boolean {
  return new Date(a).getFullYear() === new Date(b).getFullYear()
}

type TimeUnit = 'hours' | 'minutes' | 'seconds'

function twoUnits(ms: number, big: number, bigName: TimeUnit, small: number, smallName: TimeUnit): string {
  const rest = Math.floor((ms % big) / small)
  const first = t(`time.${bigName}`, { n: Math.floor(ms / big) })
  return rest > 0 ? `${first} ${t(`time.${smallName}`, { n: rest })}` : first
}

function threeDigits(value: number): string {
  if (value >= 99.95) return number(value)
  return value >= 9.995 ? number(value, 1) : number(value, 2)
}

function pad(n: number): string {
  return String(n).padStart(2, '0')
}
