import type { Calendar } from '../../src-shared/model/prune.ts'

const DAY_S = 86_400

/** The calendar of this computer's zone, for pictures of what a retention keeps. The app itself uses the plan's zone. */
export const localCalendar: Calendar = (time) => {
  const date = new Date(time * 1000)
  const [year, month, day] = [date.getFullYear(), date.getMonth() + 1, date.getDate()]
  const midnight = Date.UTC(year, month - 1, day) / 1000
  const weekday = (new Date(midnight * 1000).getUTCDay() + 6) % 7
  const thursday = midnight + (3 - weekday) * DAY_S
  const isoYear = new Date(thursday * 1000).getUTCFullYear()
  const isoWeek = Math.floor((thursday - Date.UTC(isoYear, 0, 1) / 1000) / DAY_S / 7) + 1
  return { year, month, day, hour: date.getHours(), isoYear, isoWeek }
}
