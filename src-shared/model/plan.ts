import { z } from 'zod'
import { keyId, planId, repositoryId, timestamp } from './ids.ts'
import { retention } from './retention.ts'
import { runConditions, schedule, timeOfDay } from './schedule.ts'
import { planSource } from './source.ts'

/** SAFE_ID of spec pbs §1.2. */
export const backupId = z
  .string()
  .regex(/^[A-Za-z0-9_][A-Za-z0-9._-]*$/)
  .max(128)

export const namespace = z
  .string()
  .max(256)
  .regex(/^$|^[A-Za-z0-9_][A-Za-z0-9._-]*(\/[A-Za-z0-9_][A-Za-z0-9._-]*){0,6}$/)

/** Bytes a second. A block has up to some MiB, of which a server waits a minute for the next, but not an hour. */
export const slowestWriting = 65_536
/** How fast new blocks may go to one destination. */
export const writeLimit = z.number().int().min(slowestWriting)

export const destination = z.object({
  repositoryId,
  namespace: namespace.default(''),
  retention: retention.default({}),
  writeLimitBytesPerSecond: writeLimit.optional(),
})
export type Destination = z.infer<typeof destination>

/** `metadata` re-uses what did not change without reading it, `data` reads everything, `legacy` writes pxar v1 with a catalog. */
export const detectionMode = z.enum(['metadata', 'data', 'legacy'])

/** How fast a source is read at some times of the day, on the computer's clock. The same time twice is the whole day. */
export const bandwidth = z
  .array(z.object({ from: timeOfDay, to: timeOfDay, bytesPerSecond: z.number().int().min(1024) }))
  .max(8)
export type Bandwidth = z.infer<typeof bandwidth>

export const backupOptions = z.object({
  mode: detectionMode.default('metadata'),
  compress: z.boolean().default(true),
  keyId: keyId.optional(),
  cryptMode: z.enum(['none', 'encrypt', 'sign-only']).default('none'),
  verifyAfter: z.boolean().default(false),
  bandwidth: bandwidth.optional(),
  /** Small files of ours in each folder that nobody has a reason to touch. */
  canaries: z.boolean().optional(),
})
export type BackupOptions = z.infer<typeof backupOptions>

export const retryPolicy = z.object({
  attempts: z.number().int().min(0).max(10).default(3),
  firstDelayMinutes: z.number().min(1).max(1440).default(5),
})

export const hooks = z.object({
  /** Program and arguments; never a shell string. A `before` that fails stops the run. */
  before: z.array(z.string()).optional(),
  after: z.array(z.string()).optional(),
})

export const plan = z.object({
  id: planId,
  name: z.string().trim().min(1).max(100),
  source: planSource,
  backupId,
  destinations: z.array(destination).min(1).max(16),
  schedule,
  conditions: runConditions,
  options: backupOptions,
  retry: retryPolicy,
  hooks,
  enabled: z.boolean(),
  createdAt: timestamp,
})
export type Plan = z.infer<typeof plan>

/** What an editor hands in: the app gives id and time of creation. */
export const planDraft = plan.omit({ id: true, createdAt: true }).extend({ id: planId.optional() })
export type PlanDraft = z.infer<typeof planDraft>
