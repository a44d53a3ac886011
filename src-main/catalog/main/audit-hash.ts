import { createHash } from 'node:crypto'
import type { AuditRecord } from '../../../src-shared/model/audit.ts'

/** What the first record stands on. */
export const emptyChain = '0'.repeat(64)

/** The hash of a record: over the one before it and every field, in an order and form that never changes. */
export function auditHash(before: string, { id, at, actor, action, detail }: Omit<AuditRecord, 'hash'>): string {
  return createHash('sha256')
    .update(JSON.stringify([before, id, at, actor, action, detail]))
    .digest('hex')
}
