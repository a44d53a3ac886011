import type { DayResult, PlanHealth } from '../../../src-shared/contract/plans.ts'
import type { JobId } from '../../../src-shared/model/ids.ts'
import type { Plan } from '../../../src-shared/model/plan.ts'
import type { PlanResult } from '../../catalog/main/job-reader.ts'
import type { ScheduleRecord } from '../../catalog/main/schedule-record-store.ts'
import { lastDays, localDay } from '../schedule/local-time.ts'
import { occurrences } from '../schedule/occurrences.ts'
import { skipInWords } from '../schedule/skip-words.ts'

const dayMs = 24 * 60 * 60_000
const stripDays = 30

/** What is known of a plan's past, gathered before anything is judged (style C4). */
export interface PlanHistory {
  readonly plan: Plan
  /** Oldest first. */
  readonly results: readonly PlanResult[]
  readonly records: readonly ScheduleRecord[]
  readonly runningJobId: JobId | undefined
  readonly lastGoodAt: number | undefined
  readonly now: number
  readonly timeZone: string
  readonly pausedUntil: number | undefined
}

export function planHealth(history: PlanHistory): PlanHealth {
  const { plan, results, runningJobId, lastGoodAt, now, pausedUntil } = history
  if (runningJobId !== undefined) return 'running'
  if (!plan.enabled) return 'disabled'
  if (pausedUntil !== undefined && now < pausedUntil) return 'paused'
  const last = results.findLast((result) => result.outcome !== 'cancelled')
  if (last?.outcome === 'error') return 'failed'
  if (isLate(plan, lastGoodAt ?? plan.createdAt, now)) return 'late'
  if (lastGoodAt === undefined) return 'never'
  return last?.outcome === 'warnings' ? 'warnings' : 'good'
}

/** Two moments went by without a good run, or one of them more than a day ago. */
function isLate(plan: Plan, since: number, now: number): boolean {
  const missed = [...occurrences(plan.schedule, since).take(2)].filter((at) => at <= now)
  const [first] = missed
  if (first === undefined) return false
  return now - first > dayMs || (missed.length === 2 && now - first > dayMs / 4)
}

/** The last thirty days, oldest first. */
export function planDays(history: PlanHistory): DayResult[] {
  const { results, records, runningJobId, now, timeZone } = history
  const today = localDay(now, timeZone)
  const resultsByDay = Map.groupBy(results, (result) => localDay(result.endedAt, timeZone))
  const recordsByDay = Map.groupBy(records, (record) => localDay(record.dueAt, timeZone))
  return lastDays(now, stripDays, timeZone).map((day) => {
    const ran = resultsByDay.get(day) ?? []
    const isRunning = day === today && runningJobId !== undefined
    const jobIds = [...ran.map((result) => result.jobId), ...(isRunning ? [runningJobId] : [])]
    if (isRunning) return { day, state: 'running', jobIds }
    const last = ran.findLast((result) => result.outcome !== 'cancelled')
    if (last !== undefined) return { day, state: stateOf(last), jobIds }
    const skipped = skippedOn(recordsByDay.get(day) ?? [])
    if (skipped !== undefined) return { day, ...skipped, jobIds }
    return { day, state: 'none', jobIds }
  })
}

export function stateOf(result: PlanResult): DayResult['state'] {
  switch (result.outcome) {
    case 'success':
      return 'good'
    case 'warnings':
      return 'warnings'
    case 'error':
      return 'failed'
    case 'cancelled':
      return 'skipped'
  }
}

function skippedOn(records: readonly ScheduleRecord[]): { state: 'missed' | 'skipped'; reason: string } | undefined {
  for (const { outcome } of records) {
    if (outcome.kind !== 'skipped') continue
    const isMissed = outcome.reason === 'asleep' || outcome.reason === 'not-running'
    return { state: isMissed ? 'missed' : 'skipped', reason: skipInWords[outcome.reason] }
  }
  return undefined
}
