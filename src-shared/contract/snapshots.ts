import { oc } from '@orpc/contract'
import { z } from 'zod'
import { changeKind, entry, entryKind, entryVersion, searchHit, snapshotPath } from '../model/entry.ts'
import { archiveInside, databaseInside } from '../model/file-inside.ts'
import { count, lineageId, repositoryId, snapshotId, timestamp } from '../model/ids.ts'
import { job } from '../model/job.ts'
import { lineage, snapshot } from '../model/snapshot.ts'
import { raises } from './raises.ts'

const page = { offset: count.default(0), limit: z.number().int().min(1).max(1000).default(200) }

/** The other side of a comparison: a snapshot, or the disk as it is now. */
const point = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('snapshot'), id: snapshotId }),
  z.object({ kind: z.literal('disk') }),
])

const difference = z.object({
  path: snapshotPath,
  name: z.string(),
  kind: entryKind,
  change: changeKind,
  fromBytes: count.optional(),
  toBytes: count.optional(),
  /** Folders: everything below. */
  below: z.object({ added: count, changed: count, removed: count, bytes: z.number().int() }).optional(),
})
export type Difference = z.infer<typeof difference>

const differenceTotals = z.object({
  added: count,
  addedBytes: count,
  changed: count,
  changedBytes: z.number().int(),
  removed: count,
  removedBytes: count,
  identical: count,
})

const textRequest = z.object({
  id: snapshotId,
  path: snapshotPath,
  limitBytes: z.number().int().min(1).max(1_000_000).default(262_144),
})

const fileText = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('text'), text: z.string(), truncated: z.boolean() }),
  z.object({ kind: z.literal('binary'), hex: z.string(), truncated: z.boolean() }),
])

/** What reading a file of a snapshot may end with. */
const readErrors = raises(
  'snapshot/unknown',
  'path/not-found',
  'repository/unreachable',
  'chunk/corrupt',
  'chunk/missing',
  'key/missing',
)

export const sortOrder = z.object({ by: z.enum(['name', 'size', 'modified']), descending: z.boolean() })
export type SortOrder = z.infer<typeof sortOrder>

export const snapshotsContract = {
  lineages: oc.output(z.array(lineage)),
  /** Newest first. */
  list: oc
    .input(
      z.object({
        lineageId: lineageId.optional(),
        repositoryId: repositoryId.optional(),
        limit: z.number().int().min(1).max(5000).default(1000),
      }),
    )
    .output(z.array(snapshot)),
  get: oc
    .input(z.object({ id: snapshotId }))
    .output(snapshot)
    .errors(raises('snapshot/unknown')),
  /** A page of a folder. Folders first, whatever the order. The empty path lists the archives. */
  browse: oc
    .input(
      z.object({
        id: snapshotId,
        path: snapshotPath,
        showDeleted: z.boolean().default(false),
        foldersOnly: z.boolean().default(false),
        filter: z.string().max(200).optional(),
        order: sortOrder.default({ by: 'name', descending: false }),
        ...page,
      }),
    )
    .output(z.object({ entries: z.array(entry), total: count, deleted: count }))
    .errors(raises('snapshot/unknown', 'path/not-found', 'repository/unreachable', 'key/missing')),
  stat: oc
    .input(z.object({ id: snapshotId, path: snapshotPath }))
    .output(entry)
    .errors(raises('snapshot/unknown', 'path/not-found')),
  /** All versions of one path, newest first, unchanged ones folded; the disk's own comes as `onDisk`. */
  versions: oc.input(z.object({ lineageId, path: snapshotPath })).output(
    z.object({
      versions: z.array(entryVersion),
      onDisk: z.object({ sizeBytes: count, modifiedAt: timestamp }).optional(),
    }),
  ),
  search: oc
    .input(
      z.object({
        text: z.string().max(200),
        lineageId: lineageId.optional(),
        /** Only what this snapshot holds. */
        snapshotId: snapshotId.optional(),
        kinds: z.array(entryKind).optional(),
        minBytes: count.optional(),
        maxBytes: count.optional(),
        after: timestamp.optional(),
        before: timestamp.optional(),
        deleted: z.enum(['any', 'only', 'no']).default('any'),
        ...page,
      }),
    )
    .output(z.object({ hits: z.array(searchHit), more: z.boolean(), snapshots: count }))
    .errors(raises('snapshot/unknown')),
  /** Children of one folder that differ, with what differs below them. */
  compare: oc
    .input(z.object({ from: snapshotId, to: point, path: snapshotPath, includeIdentical: z.boolean().default(false) }))
    .output(z.object({ differences: z.array(difference), totals: differenceTotals }))
    .errors(raises('snapshot/unknown', 'path/not-found', 'repository/unreachable')),
  /** The manifest as stored, with chunk counts a archive. */
  manifest: oc
    .input(z.object({ id: snapshotId }))
    .output(
      z.object({
        text: z.string(),
        signed: z.boolean(),
        archives: z.array(z.object({ filename: z.string(), chunks: count, uniqueChunks: count })),
      }),
    )
    .errors(raises('snapshot/unknown', 'repository/unreachable', 'manifest/corrupt', 'key/missing')),
  /** The plan it was made by, as a plan file; absent when it was made without one. */
  plan: oc
    .input(z.object({ id: snapshotId }))
    .output(z.object({ text: z.string().optional() }))
    .errors(raises('snapshot/unknown', 'repository/unreachable', 'key/missing')),
  protect: oc
    .input(z.object({ id: snapshotId, protected: z.boolean() }))
    .output(snapshot)
    .errors(raises('snapshot/unknown', 'repository/unsupported')),
  setNotes: oc
    .input(z.object({ id: snapshotId, notes: z.string().max(65_536) }))
    .output(snapshot)
    .errors(raises('snapshot/unknown', 'repository/unsupported')),
  forget: oc
    .input(z.object({ ids: z.array(snapshotId).min(1).max(10_000) }))
    .output(z.array(job))
    .errors(raises('snapshot/unknown', 'snapshot/protected', 'repository/unsupported')),
  verify: oc
    .input(z.object({ id: snapshotId }))
    .output(job)
    .errors(raises('snapshot/unknown', 'repository/unsupported')),
  /**
   * Where a host serves the content of an entry, relative to its own origin, for previews, images and downloads
   * (style D5: file contents travel by their own route). Valid for this session.
   */
  contentUrl: oc
    .input(z.object({ id: snapshotId, path: snapshotPath, as: z.enum(['inline', 'download', 'zip', 'tar']) }))
    .output(z.string())
    .errors(raises('snapshot/unknown', 'path/not-found')),
  /** Shows it as a drive to the file manager of this computer: a WebDAV share on loopback, read only. */
  openDrive: oc
    .input(z.object({ id: snapshotId }))
    .output(z.object({ address: z.string() }))
    .errors(raises('snapshot/unknown')),
  closeDrive: oc.input(z.object({ id: snapshotId })).output(z.void()),
  /**
   * Begins a native drag with entries as files, folders as zip. Only the desktop shell can; a browser drags the address
   * of `contentUrl`.
   */
  dragOut: oc
    .input(
      z.object({
        id: snapshotId,
        entries: z
          .array(z.object({ path: snapshotPath, isFolder: z.boolean() }))
          .min(1)
          .max(100),
      }),
    )
    .output(z.void())
    .errors(raises('snapshot/unknown', 'path/not-found', 'restore/too-large', 'input/invalid')),
  /** Text of a file as far as `limitBytes`, decoded; `binary` when it is none. */
  text: oc.input(textRequest).output(fileText).errors(readErrors),
  /** The same for the file as it is on disk now, at the place the snapshot was taken from. */
  textOnDisk: oc
    .input(textRequest)
    .output(fileText)
    .errors(raises('snapshot/unknown', 'path/not-found', 'file/unreadable')),
  /** What is in an archive (zip, tar, tar in gzip or zstd), its first thousand entries. */
  archiveInside: oc
    .input(z.object({ id: snapshotId, path: snapshotPath }))
    .output(archiveInside)
    .errors(readErrors),
  /** What is in a database of SQLite: its tables, and the first rows of `table` or of the first one that has any. */
  databaseInside: oc
    .input(z.object({ id: snapshotId, path: snapshotPath, table: z.string().max(512).optional() }))
    .output(databaseInside)
    .errors(
      raises(
        'snapshot/unknown',
        'path/not-found',
        'repository/unreachable',
        'chunk/corrupt',
        'chunk/missing',
        'key/missing',
        'disk/full',
      ),
    ),
}
