import { isoWeek } from '../../src-shared/model/iso-week.ts'
import type { Calendar } from '../../src-shared/model/prune.ts'

/** The calendar of this computer's zone, for pictures of what a retention keeps. The app itself uses the plan's zone. */
export const localCalendar: Calendar = (time) => {
  const date = new Date(time * 1000)
  const day = { year: date.getFullYear(), month: date.getMonth() + 1, day: date.getDate() }
  return { ...day, hour: date.getHours(), ...isoWeek(day) }
}
