import type { Calendar } from '../../../src-shared/model/prune.ts'

const DAY_MS = 86_400_000

/** The calendar of a time zone (IANA name); without a name, that of this computer, as PBS prunes (spec pbs §8.5). */
export function createCalendar(timeZone?: string): Calendar {
  const format = new Intl.DateTimeFormat('en-US', {
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    timeZone,
  })
  return (time) => {
    const parts = format.formatToParts(time * 1000)
    const read = (type: 'year' | 'month' | 'day' | 'hour') => Number(parts.find((part) => part.type === type)?.value)
    const day = { year: read('year'), month: read('month'), day: read('day') }
    return { ...day, hour: read('hour'), ...isoWeek(day) }
  }
}

/** A week belongs to the year of its Thursday; week 1 is the one with the year's first Thursday (ISO 8601). */
export function isoWeek({ year, month, day }: { readonly year: number; readonly month: number; readonly day: number }) {
  const date = Date.UTC(year, month - 1, day)
  const daysSinceMonday = (new Date(date).getUTCDay() + 6) % 7
  const thursday = date + (3 - daysSinceMonday) * DAY_MS
  const isoYear = new Date(thursday).getUTCFullYear()
  return { isoYear, isoWeek: 1 + Math.floor((thursday - Date.UTC(isoYear, 0, 1)) / DAY_MS / 7) }
}
