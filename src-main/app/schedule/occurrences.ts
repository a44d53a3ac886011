import { Cron } from 'croner'
import { assertNever } from '../../../src-shared/assert-never.ts'
import { HoldfastError } from '../../../src-shared/errors.ts'
import type { Schedule } from '../../../src-shared/model/schedule.ts'

const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs

/**
 * The moments a schedule names, after `after` (exclusive, Unix milliseconds), ascending. A moment depends on the schedule
 * alone, never on when the app was started, so that it can be recognised again after the clock was set. Daylight saving:
 * a time that does not exist on a day is the first that does; one that exists twice happens once (croner).
 */
export function* occurrences(schedule: Schedule, after: number): Generator<number> {
  switch (schedule.kind) {
    case 'manual':
      return
    case 'interval':
      yield* intervalOccurrences(schedule, after)
      return
    case 'daily':
      yield* cronOccurrences(cronAt(schedule.at), schedule.timeZone, after)
      return
    case 'weekly':
      yield* cronOccurrences(cronAt(schedule.at, schedule.days), schedule.timeZone, after)
      return
    case 'cron':
      yield* cronOccurrences(schedule.expression, schedule.timeZone, after)
      return
    default:
      assertNever(schedule)
  }
}

/** The next moments, at most `count`. Throws `input/invalid` for an expression or time zone that is none. */
export function nextOccurrences(schedule: Schedule, after: number, count: number): number[] {
  return [...occurrences(schedule, after).take(count)]
}

/** All moments in (`after`, `until`], at most `limit`: the newest ones when there are more. */
export function occurrencesBetween(schedule: Schedule, after: number, until: number, limit: number): number[] {
  const due: number[] = []
  for (const at of occurrences(schedule, after)) {
    if (at > until) break
    due.push(at)
    if (due.length > limit) due.shift()
  }
  return due
}

type IntervalSchedule = Extract<Schedule, { kind: 'interval' }>

/**
 * Without a window the moments are the multiples of the interval since 1970, so that every 30 minutes is at :00 and :30.
 * With one they start anew at its beginning on each of its days.
 */
function* intervalOccurrences(schedule: IntervalSchedule, after: number): Generator<number> {
  const everyMs = schedule.everyMinutes * minuteMs
  if (schedule.between === undefined && schedule.days === undefined) {
    for (let at = (Math.floor(after / everyMs) + 1) * everyMs; ; at += everyMs) yield at
  }
  const from = schedule.between?.from ?? '00:00'
  const windowMs = schedule.between === undefined ? dayMs : windowLength(schedule.between.from, schedule.between.to)
  const everyDays = Math.max(1, Math.ceil(everyMs / dayMs))
  // Two days back: the window that contains `after` may have begun on the day before, and a day can have 25 hours.
  for (const start of cronOccurrences(cronAt(from, schedule.days), schedule.timeZone, after - 2 * dayMs)) {
    if (everyDays > 1 && Math.round(start / dayMs) % everyDays !== 0) continue
    for (let at = start; at < start + windowMs; at += everyMs) if (at > after) yield at
  }
}

function* cronOccurrences(expression: string, timeZone: string, after: number): Generator<number> {
  let at: Date | null | undefined = new Date(after)
  const cron = openCron(expression, timeZone)
  while (true) {
    at = cron.nextRun(at)
    if (at === null || at === undefined) return
    yield at.getTime()
  }
}

function openCron(expression: string, timeZone: string): Cron {
  try {
    // Also proves the zone, which croner would notice only later.
    new Intl.DateTimeFormat('en', { timeZone })
    return new Cron(expression, { timezone: timeZone, mode: '5-part', paused: true })
  } catch (cause) {
    throw new HoldfastError('input/invalid', {
      detail: `“${expression}” in ${timeZone} is not a schedule.`,
      hint: 'Write five fields: minute, hour, day of month, month, day of week.',
      cause,
    })
  }
}

function cronAt(time: string, days?: readonly number[]): string {
  const [hour, minute] = time.split(':').map(Number)
  return `${minute} ${hour} * * ${days === undefined ? '*' : days.join(',')}`
}

/** Milliseconds from one time of day to another, over midnight when the second is not later. */
function windowLength(from: string, to: string): number {
  const length = minuteOfDay(to) - minuteOfDay(from)
  return (length > 0 ? length : length + 24 * 60) * minuteMs
}

/** `02:30` is 150. */
export function minuteOfDay(time: string): number {
  const [hour = 0, minute = 0] = time.split(':').map(Number)
  return hour * 60 + minute
}
