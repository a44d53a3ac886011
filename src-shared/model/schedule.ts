import { z } from 'zod'

export const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/)
/** 0 is Sunday, as in cron. */
const weekday = z.number().int().min(0).max(6)

/** When a plan runs. Times of day and cron expressions are read in `timeZone`, an IANA name. */
export const schedule = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('manual') }),
  z.object({
    kind: z.literal('interval'),
    everyMinutes: z.number().int().min(5).max(44_640),
    /** Only within this window of the day, when given. */
    between: z.object({ from: timeOfDay, to: timeOfDay }).optional(),
    days: z.array(weekday).min(1).optional(),
    timeZone: z.string(),
  }),
  z.object({ kind: z.literal('daily'), at: timeOfDay, timeZone: z.string() }),
  z.object({ kind: z.literal('weekly'), days: z.array(weekday).min(1), at: timeOfDay, timeZone: z.string() }),
  z.object({ kind: z.literal('cron'), expression: z.string().min(1).max(200), timeZone: z.string() }),
])
export type Schedule = z.infer<typeof schedule>

/** What may hold a scheduled run back. A run that did not happen always has a recorded reason. */
export const runConditions = z.object({
  catchUp: z.boolean().default(true),
  onBattery: z.enum(['run', 'skip', 'skip-below-30']).default('run'),
  onMetered: z.enum(['run', 'skip']).default('run'),
  /** Wakes the computer for its runs, where the system lets it. */
  wake: z.boolean().optional(),
  quietHours: z.object({ from: timeOfDay, to: timeOfDay }).optional(),
})

export const skipReason = z.enum([
  'asleep',
  'not-running',
  'paused',
  'plan-paused',
  'battery',
  'metered',
  'quiet-hours',
  'still-running',
  'source-missing',
  'repository-missing',
])
export type SkipReason = z.infer<typeof skipReason>
