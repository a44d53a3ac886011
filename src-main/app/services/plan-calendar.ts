import type { CalendarEntry } from '../../../src-shared/contract/plans.ts'
import type { Plan } from '../../../src-shared/model/plan.ts'
import { occurrences } from '../schedule/occurrences.ts'

/** Entries of one plan: those of every five minutes fill a month with 8,640. */
const mostOfPlan = 2000

export interface CalendarWindow {
  /** Unix milliseconds; the end does not belong to it. */
  readonly from: number
  readonly to: number
  readonly now: number
}

/** What ran, and what did not. */
export type PastRun = Omit<CalendarEntry, 'planId' | 'kind'>

/** The runs of a plan within a window: the past as it was, the future as it is planned, oldest first. */
export function planCalendar(plan: Plan, past: readonly PastRun[], { from, to, now }: CalendarWindow): CalendarEntry[] {
  const entries: CalendarEntry[] = past
    .filter(({ at }) => at >= from && at < to)
    .slice(0, mostOfPlan)
    .map((run) => ({ ...run, planId: plan.id, kind: 'past' }))
  entries.reverse()
  if (!plan.enabled) return entries
  for (const at of occurrences(plan.schedule, Math.max(from - 1, now))) {
    if (at >= to || entries.length >= mostOfPlan) break
    entries.push({ planId: plan.id, kind: 'planned', at, state: 'none' })
  }
  return entries
}
