import { oc } from '@orpc/contract'
import { z } from 'zod'
import { auditRecord, auditVerdict } from '../model/audit.ts'
import { count } from '../model/ids.ts'

/** What was done with this Holdfast that cannot be undone, in a log whose tampering shows. */
export const auditContract = {
  /** Newest first; `before` is the id of the last one of the page before. */
  list: oc
    .input(z.object({ before: count.optional(), limit: z.number().int().min(1).max(500).default(100) }))
    .output(z.array(auditRecord)),
  /** Reads all of it. `head` is what to write down elsewhere: with it, a log cut short shows too. */
  verify: oc.input(z.object({ head: z.string().max(64).optional() }).default({})).output(auditVerdict),
}
