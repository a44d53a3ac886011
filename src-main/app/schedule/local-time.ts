import { minuteOfDay } from './occurrences.ts'

const formatters = new Map<string, Intl.DateTimeFormat>()

/** The local day of a moment, as `YYYY-MM-DD`. */
export function localDay(at: number, timeZone: string): string {
  const { year, month, day } = parts(at, timeZone)
  return `${year}-${month}-${day}`
}

/** The local time of a moment, as `HH:MM`. */
export function localTime(at: number, timeZone: string): string {
  const { hour, minute } = parts(at, timeZone)
  return `${hour}:${minute}`
}

/** Whether a moment lies in a window of the day; the end does not belong to it. A window may go over midnight. */
export function isWithin(
  window: { readonly from: string; readonly to: string },
  at: number,
  timeZone: string,
): boolean {
  const minute = minuteOfDay(localTime(at, timeZone))
  const from = minuteOfDay(window.from)
  const to = minuteOfDay(window.to)
  return from <= to ? minute >= from && minute < to : minute >= from || minute < to
}

/** The last `count` local days up to and with the one of `now`, oldest first. */
export function lastDays(now: number, count: number, timeZone: string): string[] {
  const [year = 0, month = 1, day = 1] = localDay(now, timeZone).split('-').map(Number)
  return Array.from({ length: count }, (_, index) =>
    new Date(Date.UTC(year, month - 1, day - (count - 1 - index))).toISOString().slice(0, 10),
  )
}

function parts(at: number, timeZone: string): Record<string, string> {
  let formatter = formatters.get(timeZone)
  if (formatter === undefined) {
    formatter = new Intl.DateTimeFormat('en-CA', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
    })
    formatters.set(timeZone, formatter)
  }
  return Object.fromEntries(formatter.formatToParts(at).map((part) => [part.type, part.value]))
}
