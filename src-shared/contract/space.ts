import { oc } from '@orpc/contract'
import { z } from 'zod'
import { count, lineageId, repositoryId, timestamp } from '../model/ids.ts'
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

export const spaceContract = {
  /** Counts now, which may take some seconds. */
  measure: oc
    .input(z.object({ repositoryId }))
    .output(spaceReport)
    .errors(raises('repository/unknown', 'repository/unsupported', 'repository/unreachable')),
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
