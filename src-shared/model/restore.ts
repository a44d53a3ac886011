import { z } from 'zod'
import { snapshotPath } from './entry.ts'
import { count, timestamp } from './ids.ts'

/** What to do with a file that is already there: `rename` keeps both, `newer` overwrites only what is older. */
export const conflictPolicy = z.enum(['overwrite', 'skip', 'rename', 'newer'])
export type ConflictPolicy = z.infer<typeof conflictPolicy>

export const carryOver = z.object({
  owner: z.boolean().default(true),
  permissions: z.boolean().default(true),
  times: z.boolean().default(true),
  attributes: z.boolean().default(true),
  links: z.boolean().default(true),
})
export type CarryOver = z.infer<typeof carryOver>

export const restoreOptions = z.object({
  /** What to bring back; the empty list is everything. */
  paths: z.array(snapshotPath).max(10_000),
  /** The original place, or a folder: then the chosen entries are put directly into it. */
  target: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('original') }),
    z.object({ kind: z.literal('folder'), path: z.string().min(1) }),
  ]),
  conflict: conflictPolicy,
  carryOver,
  /** Keep what is overwritten for so many days, so that the restore can be undone. 0 keeps nothing. */
  undoDays: z.number().int().min(0).max(365).default(30),
})
export type RestoreOptions = z.infer<typeof restoreOptions>

export const restoreOutcome = z.enum(['new', 'overwrite', 'newer-on-disk', 'identical', 'keep-both', 'skip'])
export type RestoreOutcome = z.infer<typeof restoreOutcome>

/** One line of the preview: nothing is written before it was shown. */
export const restorePreviewItem = z.object({
  path: snapshotPath,
  targetPath: z.string(),
  kind: z.string(),
  sizeBytes: count,
  modifiedAt: timestamp,
  onDisk: z.object({ sizeBytes: count, modifiedAt: timestamp }).optional(),
  outcome: restoreOutcome,
})
export type RestorePreviewItem = z.infer<typeof restorePreviewItem>

export const restorePreview = z.object({
  /** The first thousand lines; `counts` covers all. */
  items: z.array(restorePreviewItem),
  counts: z.record(restoreOutcome, count),
  files: count,
  writeBytes: count,
  availableBytes: count.optional(),
  targetRoot: z.string(),
  complete: z.boolean(),
})
export type RestorePreview = z.infer<typeof restorePreview>

/** seen = restored + identical + skipped + failed. */
export const restoreReceipt = z.object({
  seen: count,
  restored: count,
  identical: count,
  skipped: count,
  failed: count,
  /** Folders among `seen` and among `restored`; receipts of earlier versions do not tell. */
  folders: count.default(0),
  restoredFolders: count.default(0),
  writtenBytes: count,
  targetRoot: z.string(),
  undoableUntil: timestamp.optional(),
  undone: z.boolean(),
})
export type RestoreReceipt = z.infer<typeof restoreReceipt>
