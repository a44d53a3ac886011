import { isoWeek } from '../../../src-shared/model/iso-week.ts'
import type { Calendar } from '../../../src-shared/model/prune.ts'

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
