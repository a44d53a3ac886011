import cronstrue from 'cronstrue'
import { assertNever } from '../../../src-shared/assert-never.ts'
import type { Schedule } from '../../../src-shared/model/schedule.ts'

const dayNames = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']

/** A schedule as a person would say it. */
export function scheduleInWords(schedule: Schedule): string {
  switch (schedule.kind) {
    case 'manual':
      return 'Only when you start it'
    case 'interval':
      return `Every ${durationInWords(schedule.everyMinutes)}${daysInWords(schedule.days)}${
        schedule.between === undefined ? '' : `, between ${schedule.between.from} and ${schedule.between.to}`
      }`
    case 'daily':
      return `Every day at ${schedule.at}`
    case 'weekly':
      return `${schedule.days.length === 7 ? 'Every day' : `Every ${listOfDays(schedule.days)}`} at ${schedule.at}`
    case 'cron':
      return cronInWords(schedule.expression)
    default:
      return assertNever(schedule)
  }
}

function cronInWords(expression: string): string {
  try {
    return cronstrue.toString(expression, { use24HourTimeFormat: true })
  } catch {
    // cronstrue throws strings for what it has no words for; croner decides whether the expression is valid.
    return `At the times of “${expression}”`
  }
}

function durationInWords(minutes: number): string {
  if (minutes % 1440 === 0) return minutes === 1440 ? 'day' : `${minutes / 1440} days`
  if (minutes % 60 === 0) return minutes === 60 ? 'hour' : `${minutes / 60} hours`
  return `${minutes} minutes`
}

function daysInWords(days: readonly number[] | undefined): string {
  return days === undefined || days.length === 7 ? '' : ` on ${listOfDays(days)}`
}

function listOfDays(days: readonly number[]): string {
  // Monday first, as a week is read.
  const names = [...new Set(days)].sort((a, b) => ((a + 6) % 7) - ((b + 6) % 7)).map((day) => dayNames[day] ?? '')
  return names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}
