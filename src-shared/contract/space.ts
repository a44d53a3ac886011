import { oc } from '@orpc/contract'
import { z } from 'zod'
import { snapshotPath } from '../model/entry.ts'
import { count, lineageId, repositoryId, snapshotId, timestamp } from '../model/ids.ts'
import { raises } from './raises.ts'

/** What of a repository takes the space. Bytes are those on the disk, compressed. */
export const spaceReport = z.object({
  at: timestamp,
  storedBytes: count,
  /** Without deduplication and compression. */
  logicalBytes: count,
  chunks: count,
  /** What several lineages refer to: removing one of them frees none of it. */
  sharedBytes: count,
  /** What only this lineage refers to, the largest first. */
  lineages: z.array(z.object({ lineageId, title: z.string(), snapshots: count, ownBytes: count })),
})
export type SpaceReport = z.infer<typeof spaceReport>

/** Bytes of contents as they were read, before deduplication and compression. */
const spaceSums = z.object({
  /** Files of the snapshot. */
  files: count,
  bytes: count,
  /** Every content that any snapshot of the lineage has, each once, also of what was deleted since. */
  keptBytes: count,
})

export const folderSpace = z.object({
  all: spaceSums,
  /** The largest first. */
  children: z.array(spaceSums.extend({ path: snapshotPath, name: z.string(), isFolder: z.boolean() })),
  /** The sums of those that are not listed. */
  others: spaceSums.extend({ count }),
})
export type FolderSpace = z.infer<typeof folderSpace>

export const spaceContract = {
  /** Counts now, which may take some seconds. */
  measure: oc
    .input(z.object({ repositoryId }))
    .output(spaceReport)
    .errors(raises('repository/unknown', 'repository/unsupported', 'repository/unreachable')),
  /** What of a folder of an indexed snapshot takes the space, by what is in it. The empty path lists the archives. */
  folder: oc
    .input(
      z.object({
        snapshotId,
        path: snapshotPath.default(''),
        by: z.enum(['bytes', 'keptBytes']).default('bytes'),
        limit: z.number().int().min(1).max(200).default(50),
      }),
    )
    .output(folderSpace)
    .errors(raises('snapshot/unknown', 'path/not-found')),
  /** What garbage collection would free if these snapshots were gone, named as a prune names them. */
  wouldFree: oc
    .input(
      z.object({
        repositoryId,
        snapshots: z.array(z.string().max(600)).max(100_000),
        namespace: z.string().default(''),
      }),
    )
    .output(z.object({ bytes: count, chunks: count }))
    .errors(raises('repository/unknown', 'repository/unsupported', 'repository/unreachable')),
}
