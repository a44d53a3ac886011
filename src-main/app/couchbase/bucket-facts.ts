import { HoldfastError } from '../../../src-shared/errors.ts'
import type { CouchbaseFacts, VbucketFacts } from '../../../src-shared/model/couchbase-facts.ts'
import type { SnapshotId } from '../../../src-shared/model/ids.ts'
import type { Snapshot } from '../../../src-shared/model/snapshot.ts'
import { type BucketReport, REPORT_FILE, type VbucketRow } from '../../engines/couchbase/stored-report.ts'
import type { SnapshotsService } from '../services/snapshots.ts'
import { readReportOf } from './report-of-snapshot.ts'

const MAX_KEY_IDS = 8

/** What the report in a snapshot says; undefined for a snapshot that is not of a bucket. */
export async function bucketFacts(
  snapshots: SnapshotsService,
  { id, offset, limit }: { readonly id: SnapshotId; readonly offset: number; readonly limit: number },
  signal: AbortSignal,
): Promise<CouchbaseFacts | undefined> {
  const snapshot = await snapshots.get(id)
  if (snapshot.indexed && !(await hasReport(snapshots, snapshot, signal))) return undefined
  return snapshots.withReader(snapshot, signal, async (reader) => {
    for (const archive of reader.trees) {
      const report = await readReportOf(reader, archive, signal)
      if (report !== undefined) return describeReport(archive, report, { offset, limit })
    }
    return undefined
  })
}

/** Asks the index alone: most snapshots are of folders, and theirs need not be opened for this. */
async function hasReport(snapshots: SnapshotsService, snapshot: Snapshot, signal: AbortSignal): Promise<boolean> {
  for (const { filename } of snapshot.archives) {
    const tree = /^(.+?)\.(?:m?pxar\.didx|caidx)$/.exec(filename)?.[1]
    if (tree === undefined) continue
    try {
      await snapshots.stat(snapshot.id, `${tree}/${REPORT_FILE}`, signal)
      return true
    } catch (error) {
      if (!(error instanceof HoldfastError && error.code === 'path/not-found')) throw error
    }
  }
  return false
}

/** Pure, for one page of vbuckets. */
export function describeReport(
  archive: string,
  report: BucketReport,
  { offset, limit }: { readonly offset: number; readonly limit: number },
): CouchbaseFacts {
  const rows = report.vbuckets.map(describeRow)
  const deks = new Set(report.vbuckets.flatMap((row) => row.deks.map(({ path }) => path)))
  const sum = (of: (row: VbucketFacts) => number) => rows.reduce((total, row) => total + of(row), 0)
  return {
    archive,
    bucket: report.bucket,
    backend: report.backend,
    startedAt: report.startedAt,
    finishedAt: report.finishedAt,
    isComplete: report.isComplete,
    stored: rows.filter(({ outcome }) => outcome === 'stored').length,
    total: report.vbucketCount,
    files: sum(({ files }) => files),
    bytes: sum(({ bytes }) => bytes),
    deks: deks.size,
    keyIds: [...new Set([...deks].map(keyId))].slice(0, MAX_KEY_IDS),
    vbuckets: rows.slice(offset, offset + limit),
  }
}

/** `deks/<key id>.key.<revision>` (spec couchbase §12). */
function keyId(path: string): string {
  return path.replace(/^.*\//, '').replace(/\.key\.\d+$/, '')
}

function describeRow({ vbid, outcome, node, seqno, files, deks, problem }: VbucketRow): VbucketFacts {
  return {
    vbid,
    outcome,
    files: files.length,
    bytes: [...files, ...deks].reduce((total, { size }) => total + Number(size), 0),
    deks: deks.length,
    ...(node === undefined ? {} : { node }),
    ...(seqno === undefined ? {} : { seqno }),
    ...(problem === undefined ? {} : { problem }),
  }
}
