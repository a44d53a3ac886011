import { oc } from '@orpc/contract'
import { z } from 'zod'
import { count, jobId, planId, repositoryId, timestamp } from '../model/ids.ts'
import { job } from '../model/job.ts'
import { plan, planDraft } from '../model/plan.ts'
import { schedule, skipReason } from '../model/schedule.ts'
import { raises } from './raises.ts'

export const dayResult = z.object({
  /** Local day, YYYY-MM-DD. */
  day: z.string(),
  state: z.enum(['good', 'warnings', 'failed', 'missed', 'skipped', 'running', 'none']),
  jobIds: z.array(jobId),
  reason: z.string().optional(),
})
export type DayResult = z.infer<typeof dayResult>

export const planHealth = z.enum(['good', 'warnings', 'failed', 'late', 'running', 'paused', 'disabled', 'never'])
export type PlanHealth = z.infer<typeof planHealth>

/** A plan with what the lists show of it. */
export const planState = z.object({
  plan,
  health: planHealth,
  lastGoodAt: timestamp.optional(),
  lastRunAt: timestamp.optional(),
  lastError: z.string().optional(),
  nextRunAt: timestamp.optional(),
  runningJobId: jobId.optional(),
  /** Content of the newest snapshot. */
  protectedBytes: count.optional(),
  /** The last thirty days, oldest first. */
  days: z.array(dayResult),
})
export type PlanState = z.infer<typeof planState>

const run = z.object({
  jobId: jobId.optional(),
  at: timestamp,
  state: dayResult.shape.state,
  skipped: skipReason.optional(),
  reason: z.string().optional(),
})

/** One run in a calendar: one that was, or one that is to come. */
const calendarEntry = run.omit({ skipped: true }).extend({ planId, kind: z.enum(['past', 'planned']) })
export type CalendarEntry = z.infer<typeof calendarEntry>

/** A month and the days around it. */
const longestCalendarMs = 62 * 24 * 60 * 60_000

export const plansContract = {
  list: oc.output(z.array(planState)),
  get: oc
    .input(z.object({ id: planId }))
    .output(planState)
    .errors(raises('plan/unknown')),
  save: oc
    .input(planDraft)
    .output(plan)
    .errors(raises('plan/unknown', 'repository/unknown', 'input/invalid')),
  remove: oc
    .input(z.object({ id: planId }))
    .output(z.void())
    .errors(raises('plan/unknown')),
  setEnabled: oc
    .input(z.object({ id: planId, enabled: z.boolean() }))
    .output(plan)
    .errors(raises('plan/unknown')),
  /** One job a destination; all of them, or one. */
  run: oc
    .input(z.object({ id: planId, repositoryId: repositoryId.optional(), dryRun: z.boolean().default(false) }))
    .output(z.array(job))
    .errors(raises('plan/unknown', 'repository/unknown')),
  /** What ran, and what did not with its reason, newest first. */
  runs: oc
    .input(z.object({ id: planId, limit: z.number().int().min(1).max(500).default(60) }))
    .output(z.array(run))
    .errors(raises('plan/unknown')),
  /** The runs of all plans in a window, what ran and what is to come. */
  calendar: oc
    .input(
      z
        .object({ from: timestamp, to: timestamp })
        .refine(({ from, to }) => to > from && to - from <= longestCalendarMs),
    )
    .output(z.array(calendarEntry)),
  /** The next runs of a schedule that need not be saved yet. */
  nextRuns: oc
    .input(z.object({ schedule, count: z.number().int().min(1).max(50).default(5) }))
    .output(z.object({ runs: z.array(timestamp), words: z.string() }))
    .errors(raises('input/invalid')),
  /** The exact `holdfast …` line. */
  asCommand: oc.input(planDraft).output(z.string()),
}
