import { planId, type RepositoryId } from '../../../src-shared/model/ids.ts'
import type { SnapshotDetails } from '../../catalog/index/snapshot-store.ts'
import type { StoredArchive, StoredSnapshot } from '../../repositories/repository.ts'
import type { SnapshotFacts } from './job-tools.ts'

/** What a repository says of a snapshot, as the catalog keeps it; `facts` are what the job that made it knows besides. */
export function detailsOf(
  repositoryId: RepositoryId,
  stored: StoredSnapshot,
  facts: SnapshotFacts = {},
): SnapshotDetails {
  return {
    repositoryId,
    ref: stored.ref,
    archives: stored.archives.map(({ filename, sizeBytes, cryptMode, csum }) => ({
      filename,
      sizeBytes: Number(sizeBytes),
      cryptMode,
      csum,
    })),
    sizeBytes: contentBytes(stored.archives),
    notes: stored.notes,
    protected: stored.protected,
    keyFingerprint: stored.keyFingerprint,
    verify: stored.verify === undefined ? undefined : { ...stored.verify },
    planId: facts.planId === undefined ? undefined : planId.parse(facts.planId),
    counts: facts.counts,
    storedBytes: facts.storedBytes,
  }
}

/** Metadata streams, catalogs and blobs are not what a person stored. */
function contentBytes(archives: readonly StoredArchive[]): number {
  const isContent = (name: string): boolean =>
    /\.(didx|fidx|caidx|caibx)$/.test(name) && !/(\.mpxar\.didx|^catalog\.pcat1\.didx|\.entries\.caibx)$/.test(name)
  return archives.reduce((sum, { filename, sizeBytes }) => sum + (isContent(filename) ? Number(sizeBytes) : 0), 0)
}
