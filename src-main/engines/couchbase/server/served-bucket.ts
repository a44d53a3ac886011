import type { DownloadRequest } from '../wire/download-request.ts'
import type { SnapshotFile, SnapshotManifest } from '../wire/manifest.ts'

/** A bucket as the server offers it: a node's data folder, or stored snapshots. */
export interface ServedBucket {
  readonly name: string
  readonly vbucketCount: number
  /** As in bucket configs: `couchstore`, `magma`, empty when unknown. */
  readonly backend: string
  /** False for buckets that are in memory only; they have no snapshots. */
  readonly isPersistent: boolean
  /** Whether this node has the active copy. */
  owns(vbid: number): boolean
  /** The one snapshot of the vbucket, made if there is none. Undefined when it is not active here. */
  prepare(vbid: number, options: PrepareOptions): Promise<ServedSnapshot | undefined>
  find(uuid: string): ServedSnapshot | undefined
  /** False when there is nothing to release. */
  release(target: { readonly uuid: string } | { readonly vbid: number }): Promise<boolean>
  snapshots(): readonly ServedSnapshot[]
  /** A file of a snapshot's manifest. Undefined when it cannot be read. */
  open(snapshot: ServedSnapshot, file: SnapshotFile): Promise<ServedFile | undefined>
  /** Highest sequence number, undefined where the bucket does not know it. */
  highSeqno(vbid: number): bigint | undefined
  /** Absent where snapshots cannot be pulled into. */
  readonly downloads?: DownloadTarget | undefined
  close(): Promise<void>
}

export interface PrepareOptions {
  /** Older servers always say SHA-512, newer ones only when told to (spec couchbase §1). */
  readonly isChecksummed: boolean
}

export interface ServedSnapshot {
  readonly manifest: SnapshotManifest
  /** Unix milliseconds. */
  readonly lastUsedAt: number
  /** Incomplete ones were left behind by a download that was interrupted. */
  readonly isComplete: boolean
}

/** A snapshot on this disk. */
export interface LocalSnapshot extends ServedSnapshot {
  /** Where the files of the manifest lie. */
  readonly folder: string
}

/** Somebody closes it; reads go forward, as a rule. */
export interface ServedFile {
  /** Fills what it can of `into` with the bytes from `at` on; 0 is the end. */
  read(into: Uint8Array, at: bigint): Promise<number>
  close(): Promise<void>
}

export interface DownloadTarget {
  /** Returns at once; false when one is running already. */
  start(vbid: number, request: DownloadRequest): boolean
  status(vbid: number): DownloadStatus | undefined
  statuses(): ReadonlyMap<number, DownloadStatus>
  /** SET_VBUCKET from a snapshot that was downloaded. False when there is none. */
  adopt(vbid: number): Promise<boolean>
}

/** States by the names that `snapshot-details` shows (§10.2). */
export interface DownloadStatus {
  readonly state: 'PrepareSnapshot' | 'DownloadFiles' | 'Finished' | 'Failed'
  readonly error?: string | undefined
  readonly manifest?: SnapshotManifest | undefined
}

/** The word that `snapshot-status` gives for a vbucket. */
export function snapshotStatus(bucket: ServedBucket, vbid: number): string {
  const snapshot = bucket.snapshots().find(({ manifest }) => manifest.vbid === vbid)
  const download = bucket.downloads?.status(vbid)
  if (download?.state === 'PrepareSnapshot' || download?.state === 'DownloadFiles') return 'running'
  if (snapshot) return snapshot.isComplete ? 'available' : 'incomplete'
  if (download?.state === 'Finished') return 'running' // not yet among the snapshots
  return download?.state === 'Failed' ? 'failed' : 'none'
}

export function allFiles(manifest: SnapshotManifest): readonly SnapshotFile[] {
  return [...manifest.files, ...manifest.deks]
}
