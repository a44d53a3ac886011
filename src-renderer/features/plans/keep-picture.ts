import { Cron } from 'croner'
import { type PruneRule, pruneDecisions } from '../../../src-shared/model/prune.ts'
import type { Retention } from '../../../src-shared/model/retention.ts'
import type { Schedule } from '../../../src-shared/model/schedule.ts'
import { t } from '../../i18n/translate.ts'
import { localCalendar } from '../../ui/local-calendar.ts'

const MINUTE_S = 60
const DAY_S = 86_400
const YEAR_S = 365 * DAY_S
/** More runs than this in a year are thinned to one a day at the old end: no rule there is finer. */
const MOST_RUNS = 12_000

/** From the finest to the coarsest. */
export const pruneRules: readonly PruneRule[] = ['last', 'hourly', 'daily', 'weekly', 'monthly', 'yearly']

export interface KeptSnapshot {
  /** Seconds before now. */
  readonly age: number
  readonly rule: PruneRule
}

export interface KeepPicture {
  readonly runs: number
  readonly kept: readonly KeptSnapshot[]
}

/** Which snapshots of a year of runs the rules would keep. `undefined` for schedules whose runs nobody can foretell. */
export function keepPicture(schedule: Schedule, retention: Retention, now: number): KeepPicture | undefined {
  const times = yearOfRuns(schedule, Math.floor(now / 1000))
  if (times === undefined) return undefined
  const candidates = times.map((time) => ({ time, isFinished: true, isProtected: false }))
  const decisions = pruneDecisions(candidates, retention, localCalendar)
  const kept = decisions.flatMap(({ snapshot, keep, reason }) =>
    keep ? [{ age: now / 1000 - snapshot.time, rule: isRule(reason) ? reason : ('last' as const) }] : [],
  )
  return { runs: times.length, kept }
}

/** How far back the oldest one reaches, in words: `a year`, `8 weeks`. */
export function reachWords({ kept }: KeepPicture): string {
  const days = Math.max(0, ...kept.map(({ age }) => age)) / DAY_S
  if (days >= 330) return t('plans.aYear')
  if (days >= 60) return t('plans.reachMonths', { n: Math.round(days / 30.4) })
  if (days >= 14) return t('plans.reachWeeks', { n: Math.round(days / 7) })
  if (days >= 2) return t('plans.reachDays', { n: Math.round(days) })
  return t('plans.aDay')
}

function isRule(reason: string): reason is PruneRule {
  return pruneRules.some((rule) => rule === reason)
}

function yearOfRuns(schedule: Schedule, now: number): readonly number[] | undefined {
  const midnight = new Date(now * 1000).setHours(0, 0, 0, 0) / 1000
  const times: number[] = []
  const add = (time: number) => {
    if (time <= now && time > now - YEAR_S) times.push(time)
  }
  switch (schedule.kind) {
    case 'manual':
      return undefined
    case 'cron':
      return cronRuns(schedule, midnight, add) ? times : undefined
    case 'daily':
      return cronRuns({ ...schedule, expression: cronAt(schedule.at, '*') }, midnight, add) ? times : undefined
    case 'weekly':
      return cronRuns({ ...schedule, expression: cronAt(schedule.at, schedule.days.join(',')) }, midnight, add)
        ? times
        : undefined
    case 'interval': {
      const step = schedule.everyMinutes * MINUTE_S
      const from = secondsOf(schedule.between?.from ?? '00:00')
      const to = schedule.between === undefined ? DAY_S - 1 : secondsOf(schedule.between.to)
      for (let day = 0; day <= 365; day++) {
        const start = midnight - day * DAY_S
        if (schedule.days !== undefined && !schedule.days.includes(weekdayOf(start))) continue
        for (let second = from; second <= to; second += times.length > MOST_RUNS ? DAY_S : step) add(start + second)
      }
      return times
    }
  }
}

/**
 * A cron expression chooses days, and the same times on each of them: so one day is asked for all its runs and the others
 * only whether they have any. Times are those of the plan's zone, days those of this one.
 */
function cronRuns(
  { expression, timeZone }: { readonly expression: string; readonly timeZone: string },
  midnight: number,
  add: (time: number) => void,
): boolean {
  const cron = parseCron(expression, timeZone)
  if (cron === undefined) return false
  const firstOn = (start: number) => {
    const next = cron.nextRun(new Date(start * 1000 - 1))?.getTime()
    return next !== undefined && next < (start + DAY_S) * 1000 ? next / 1000 - start : undefined
  }
  let offsets: readonly number[] | undefined
  let runs = 0
  for (let day = 0; day <= 365; day++) {
    const start = midnight - day * DAY_S
    const first = firstOn(start)
    if (first === undefined) continue
    offsets ??= timesOfDay(cron, start)
    for (const offset of runs > MOST_RUNS ? offsets.slice(0, 1) : offsets) add(start + offset)
    runs += offsets.length
  }
  return true
}

function cronAt(timeOfDay: string, days: string): string {
  const [hours, minutes] = timeOfDay.split(':').map(Number)
  return `${minutes} ${hours} * * ${days}`
}

function timesOfDay(cron: Cron, start: number): readonly number[] {
  const offsets: number[] = []
  let at = cron.nextRun(new Date(start * 1000 - 1))
  while (at !== null && at.getTime() < (start + DAY_S) * 1000) {
    offsets.push(at.getTime() / 1000 - start)
    at = cron.nextRun(at)
  }
  return offsets
}

function parseCron(expression: string, timezone: string): Cron | undefined {
  try {
    return new Cron(expression, { mode: '5-part', timezone })
  } catch {
    return undefined // half typed; the app says what is wrong with it
  }
}

function secondsOf(timeOfDay: string): number {
  const [hours = 0, minutes = 0] = timeOfDay.split(':').map(Number)
  return (hours * 60 + minutes) * MINUTE_S
}

function weekdayOf(time: number): number {
  return new Date((time + DAY_S / 2) * 1000).getDay()
}
