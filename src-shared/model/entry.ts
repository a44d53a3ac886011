import { z } from 'zod'
import { count, snapshotId, timestamp } from './ids.ts'

export const entryKind = z.enum([
  'directory',
  'file',
  'symlink',
  'hardlink',
  'block-device',
  'char-device',
  'fifo',
  'socket',
])
export type EntryKind = z.infer<typeof entryKind>

export const changeKind = z.enum(['added', 'changed', 'removed', 'metadata', 'identical'])
export type ChangeKind = z.infer<typeof changeKind>

/**
 * A path inside a snapshot, as path text: the archive's base name, then the components, joined by `/`.
 * `documents` is the root of archive `documents.mpxar.didx`; `documents/Thesis/notes.md` is a file in it; `` is the list
 * of archives.
 */
export const snapshotPath = z.string().max(65_536)

/** One row of the explorer. */
export const entry = z.object({
  path: snapshotPath,
  name: z.string(),
  kind: entryKind,
  sizeBytes: count,
  /** Milliseconds; the nanoseconds stay in the archive. */
  modifiedAt: timestamp,
  permissions: z.number().int(),
  uid: z.number().int(),
  gid: z.number().int(),
  linkTarget: z.string().optional(),
  /** Against the previous snapshot of the lineage. */
  change: z.object({ kind: changeKind, bytes: z.number().int() }).optional(),
  /** Set on ghosts: entries that an earlier snapshot had, with the time of the last one that still has them. */
  deletedAfter: z.object({ snapshotId, at: timestamp }).optional(),
  /** Directories: number of children, when known. */
  children: count.optional(),
})
export type Entry = z.infer<typeof entry>

/** One version of one path: what it was from the first to the last snapshot that has it so. */
export const entryVersion = z.object({
  entry,
  firstSnapshotId: snapshotId,
  firstAt: timestamp,
  lastSnapshotId: snapshotId,
  lastAt: timestamp,
  snapshots: count,
  /** The path was gone after this version. */
  deletedAfter: z.boolean(),
})
export type EntryVersion = z.infer<typeof entryVersion>

export const searchHit = z.object({
  lineageId: z.string(),
  entry,
  versions: count,
  lastSnapshotId: snapshotId,
  firstAt: timestamp,
  lastAt: timestamp,
  /** The newest snapshot of its lineage no longer has it. */
  deleted: z.boolean(),
})
export type SearchHit = z.infer<typeof searchHit>
