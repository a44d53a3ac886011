import { z } from 'zod'
import { count, lineageId, planId, repositoryId, snapshotId, timestamp } from './ids.ts'

export const backupType = z.enum(['host', 'vm', 'ct'])
export type BackupType = z.infer<typeof backupType>

/** Where a snapshot lives within its repository. `time` is in Unix seconds, as on disk. */
export const snapshotRef = z.object({
  namespace: z.string(),
  type: backupType,
  backupId: z.string(),
  time: z.number().int().positive(),
})
export type SnapshotRef = z.infer<typeof snapshotRef>

export const cryptMode = z.enum(['none', 'encrypt', 'sign-only'])

export const archiveInfo = z.object({
  filename: z.string(),
  sizeBytes: count,
  cryptMode,
  csum: z.string(),
})
export type ArchiveInfo = z.infer<typeof archiveInfo>

export const verifyState = z.object({ state: z.enum(['ok', 'failed']), at: timestamp })

/** seen = stored + unchanged + skipped + failed: every finished backup proves it. Counted are entries of the tree. */
export const fileCounts = z.object({
  seen: count,
  stored: count,
  unchanged: count,
  skipped: count,
  failed: count,
})
export type FileCounts = z.infer<typeof fileCounts>

export const snapshot = z.object({
  id: snapshotId,
  repositoryId,
  lineageId,
  ref: snapshotRef,
  archives: z.array(archiveInfo),
  /** Content of all archives, as a reader would restore it. */
  sizeBytes: count,
  files: count.optional(),
  /** What this run added to the repository. */
  storedBytes: count.optional(),
  /** Against the snapshot before it in the same lineage. */
  changes: z.object({ added: count, changed: count, removed: count, bytes: count }).optional(),
  counts: fileCounts.optional(),
  planId: planId.optional(),
  notes: z.string(),
  protected: z.boolean(),
  keyFingerprint: z.string().optional(),
  verify: verifyState.optional(),
  /** False while its entries are still being written to the catalog; browsing then reads the repository. */
  indexed: z.boolean(),
})
export type Snapshot = z.infer<typeof snapshot>

export const lineage = z.object({
  id: lineageId,
  repositoryId,
  namespace: z.string(),
  type: backupType,
  backupId: z.string(),
  title: z.string(),
  planId: planId.optional(),
  snapshots: count,
  oldest: timestamp.optional(),
  newest: timestamp.optional(),
})
export type Lineage = z.infer<typeof lineage>
