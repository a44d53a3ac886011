import type { BucketConfig } from '../cluster/bucket-config.ts'
import type { BucketReport, VbucketRow } from '../stored-report.ts'

/** Complete is what lacks nothing that any node had. */
export function makeReport(
  config: BucketConfig,
  rows: readonly VbucketRow[],
  times: { readonly startedAt: number; readonly finishedAt: number },
): BucketReport {
  return {
    format: 'holdfast-couchbase-1',
    bucket: config.name,
    bucketUuid: config.uuid,
    backend: config.backend,
    vbucketCount: config.owners.length,
    revision: [config.revision[0], config.revision[1]],
    isComplete: rows.length === config.owners.length && rows.every(({ outcome }) => outcome === 'stored'),
    ...times,
    vbuckets: rows.toSorted((a, b) => a.vbid - b.vbid),
  }
}
