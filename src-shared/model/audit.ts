import { z } from 'zod'
import { count, timestamp } from './ids.ts'

/** One deed that a person may have to account for. Never a secret (style E9). */
export const auditRecord = z.object({
  id: count,
  at: timestamp,
  /** Which host acted: `window`, `command line`. */
  actor: z.string(),
  /** `area.verb` of the contract, such as `snapshots.forget`. */
  action: z.string(),
  /** What it was done to, as JSON without secrets. */
  detail: z.string(),
  /** SHA-256 over the hash before it and this record, in hex: changing or removing one breaks all that follow. */
  hash: z.string(),
})
export type AuditRecord = z.infer<typeof auditRecord>

/** What checking the chain found. */
export const auditVerdict = z.discriminatedUnion('state', [
  z.object({ state: z.literal('intact'), records: count, head: z.string() }),
  z.object({ state: z.literal('broken'), records: count, at: count, sentence: z.string() }),
])
export type AuditVerdict = z.infer<typeof auditVerdict>
