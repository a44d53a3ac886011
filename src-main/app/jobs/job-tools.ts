import type { LineageId, RepositoryId, SnapshotId } from '../../../src-shared/model/ids.ts'
import type { ArchiveInfo, FileCounts, Snapshot, SnapshotRef } from '../../../src-shared/model/snapshot.ts'
import type { CommonEnding } from '../../catalog/index/common-ending.ts'
import type { FileSystemCalls } from '../../os/file-system-calls.ts'
import type { BackupGroup, Repository, SnapshotReader, StoredSnapshot } from '../../repositories/repository.ts'
import type { JobLog } from './job-log.ts'
import type { JobOrder, RepositoryAccess } from './job-order.ts'
import type { ProgressMeter } from './progress-meter.ts'

/** What every kind of job works with. In a test each part may be looked at; in a thread nobody sees it. */
export interface JobTools {
  readonly order: JobOrder
  readonly meter: ProgressMeter
  readonly log: JobLog
  readonly calls: FileSystemCalls
  readonly index: SnapshotIndex
  /** The caller closes it. */
  openRepository(access: RepositoryAccess, signal: AbortSignal): Promise<Repository>
  readonly signal: AbortSignal
}

/** The part of the catalog that knows what repositories hold, as jobs need it. */
export interface SnapshotIndex {
  /** Makes a snapshot known. Harmless when it is. */
  put(repositoryId: RepositoryId, snapshot: StoredSnapshot, facts?: SnapshotFacts): SnapshotId
  /** As `put`, for a snapshot that was replaced: what was found out about the old form is forgotten. */
  replace(repositoryId: RepositoryId, snapshot: StoredSnapshot): SnapshotId
  /** Reads the names and metadata of all its archives. */
  ingest(id: SnapshotId, reader: SnapshotReader, signal: AbortSignal): Promise<void>
  /** Takes the names and metadata over from the snapshot directly before it, which holds the same. False when it is not that. */
  repeat(id: SnapshotId, predecessor: SnapshotId, signal: AbortSignal): Promise<boolean>
  forget(id: SnapshotId, signal: AbortSignal): Promise<void>
  /** All known of a repository. */
  list(repositoryId: RepositoryId): readonly IndexedSnapshot[]
  find(id: SnapshotId): IndexedSnapshot | undefined
  /** The newest snapshot of a group: its entries and bytes are what the next run will probably meet. */
  newest(repositoryId: RepositoryId, group: BackupGroup): NewestSnapshot | undefined
  /** A snapshot and those before it in its lineage, newest first. */
  history(id: SnapshotId, limit: number): readonly Snapshot[]
  /** See `commonEnding`: between `older` and `id`. */
  commonEnding(id: SnapshotId, older: SnapshotId): CommonEnding | undefined
  /** Shows it as protected; the repository knows already. */
  protect(id: SnapshotId): void
  close(): void
}

export interface NewestSnapshot {
  readonly id: SnapshotId
  readonly archives: readonly Pick<ArchiveInfo, 'filename' | 'csum'>[]
  readonly entries: number
  readonly bytes: number
}

export interface IndexedSnapshot {
  readonly id: SnapshotId
  readonly lineageId: LineageId
  readonly repositoryId: RepositoryId
  readonly ref: SnapshotRef
  readonly archives: readonly Pick<ArchiveInfo, 'filename' | 'csum'>[]
  readonly indexed: boolean
}

/** Whether the catalog knows the archives that are there: a snapshot may have been replaced, and the process have died then. */
export function isUpToDate({ archives, indexed }: IndexedSnapshot, stored: StoredSnapshot): boolean {
  const csums = new Map(archives.map(({ filename, csum }) => [filename, csum]))
  return indexed && stored.archives.every(({ filename, csum }) => csums.get(filename) === csum)
}

/** What only the run that made a snapshot knows of it. */
export interface SnapshotFacts {
  readonly planId?: string | undefined
  readonly counts?: FileCounts | undefined
  readonly storedBytes?: number | undefined
  readonly sizeBytes?: number | undefined
}

/** The repository of the order; every order of these jobs has one. */
export function repositoryAccess(tools: JobTools): RepositoryAccess {
  const { repository } = tools.order
  if (repository === undefined) throw new Error(`a ${tools.order.spec.kind} job came without its repository`)
  return repository
}
