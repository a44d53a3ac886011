import { HoldfastError } from '../../../src-shared/errors.ts'
import { type BucketReport, parseReport, REPORT_FILE } from '../../engines/couchbase/stored-report.ts'
import type { BackupGroup, Repository, SnapshotReader, StoredSnapshot } from '../../repositories/repository.ts'
import { isInGroup } from '../jobs/group-snapshots.ts'
import { takeBytes } from '../services/file-text.ts'

/** A row is some 500 bytes: this is a bucket of 65,536 vbuckets. */
const MAX_REPORT_BYTES = 64 << 20

/** Undefined where there is none, or nothing that can be read as one. */
export async function readReportOf(
  reader: SnapshotReader,
  tree: string,
  signal: AbortSignal,
): Promise<BucketReport | undefined> {
  const name = [Buffer.from(REPORT_FILE)]
  try {
    const { kind } = await reader.stat(tree, name, signal)
    if (kind !== 'file') return undefined
  } catch (error) {
    if (error instanceof HoldfastError && error.code === 'path/not-found') return undefined
    throw error
  }
  const { bytes, isCut } = await takeBytes(reader.content(tree, name, { offset: 0n }, signal), MAX_REPORT_BYTES)
  return isCut ? undefined : parseReport(bytes)
}

/** Of the newest snapshot of a group; undefined as well where that cannot be read: then all of the bucket is fetched. */
export async function readLastReport(
  { repository, group, tree }: { readonly repository: Repository; readonly group: BackupGroup; readonly tree: string },
  signal: AbortSignal,
): Promise<BucketReport | undefined> {
  let newest: StoredSnapshot | undefined
  for await (const stored of repository.snapshots(signal)) {
    if (isInGroup(stored, group) && stored.ref.time > (newest?.ref.time ?? -1)) newest = stored
  }
  if (newest === undefined) return undefined
  try {
    const reader = await repository.read(newest.ref, signal)
    try {
      return reader.trees.includes(tree) ? await readReportOf(reader, tree, signal) : undefined
    } finally {
      await reader.close()
    }
  } catch {
    signal.throwIfAborted()
    return undefined
  }
}
