import type { Capability, RepositoryUsage } from '../../src-shared/model/repository.ts'
import type { Retention } from '../../src-shared/model/retention.ts'
import type { BackupType, SnapshotRef } from '../../src-shared/model/snapshot.ts'
import type { TreeEntry } from '../archive/tree.ts'
import type { Pace } from '../os/pace.ts'
import type { SourceFacts } from '../sources/source.ts'
import type { MeasureOptions, SpaceReport } from '../storage/datastore/measure-space.ts'
import type { StageClock } from './stage-clock.ts'

/**
 * Where snapshots live. Errors are `HoldfastError`s; an abort passes through untouched. What a repository cannot do is an
 * absent member of `maintenance`, never an error at run time (style G4).
 */
export interface Repository {
  readonly capabilities: readonly Capability[]
  /** Every finished snapshot, in no particular order. A damaged one is listed with `problem` instead of ending the listing. */
  snapshots(signal: AbortSignal): AsyncIterable<StoredSnapshot>
  /** Locks the group and starts a snapshot that nobody sees before `commit`. Throws `repository/locked`, `snapshot/exists`. */
  write(group: BackupGroup, options: WriteOptions, signal: AbortSignal): Promise<SnapshotWriter>
  /** Throws `snapshot/unknown`, `manifest/corrupt`, `key/missing`, `key/wrong`. */
  read(ref: SnapshotRef, signal: AbortSignal): Promise<SnapshotReader>
  /**
   * The snapshot's key as the blob that only a master key opens (spec pbs §5.3); it can be read without the key itself.
   * Undefined when the snapshot has none. Throws `snapshot/unknown`, `manifest/corrupt`.
   */
  wrappedKey?(ref: SnapshotRef, signal: AbortSignal): Promise<Uint8Array | undefined>
  /** Asks whether it is still there, at little cost; absent where `maintenance.usage` does. Throws as opening it does. */
  reach?(signal: AbortSignal): Promise<void>
  readonly maintenance: Maintenance
  close(): Promise<void>
}

export interface BackupGroup {
  readonly namespace: string
  readonly type: BackupType
  readonly backupId: string
}

export interface StoredSnapshot {
  readonly ref: SnapshotRef
  readonly archives: readonly StoredArchive[]
  readonly notes: string
  readonly protected: boolean
  readonly keyFingerprint: string | undefined
  readonly verify: { readonly state: 'ok' | 'failed'; readonly at: number } | undefined
  readonly problem: string | undefined
}

export interface StoredArchive {
  readonly filename: string
  readonly sizeBytes: bigint
  readonly cryptMode: 'none' | 'encrypt' | 'sign-only'
  readonly csum: string
}

export interface WriteOptions {
  /** Unix seconds; later than every snapshot of the group. */
  readonly time: number
  /** `metadata` re-uses unchanged files of the previous snapshot unread, `data` reads all, `legacy` writes pxar v1 and a catalog. */
  readonly mode: 'metadata' | 'data' | 'legacy'
  readonly compress: boolean
  readonly cryptMode: 'none' | 'encrypt' | 'sign-only'
  /** How fast new blocks may go there; absent is as fast as it goes. Blocks that are there already cost nothing. */
  readonly pace?: Pace | undefined
}

export interface SnapshotWriter {
  /** Each archive name once. `entries` is consumed whole; when it throws, the snapshot can only be discarded. */
  addTree(
    name: string,
    entries: AsyncIterable<TreeEntry>,
    options: { readonly excludePatterns: readonly string[] },
    observer: WriteObserver,
  ): Promise<void>
  /** `name` without an extension: it is stored as `name.didx`. */
  addStream(name: string, data: AsyncIterable<Uint8Array>, observer: WriteObserver): Promise<void>
  /**
   * A disk image in chunks of 4 MiB, stored as `name.img.fidx`; a name that ends in `.img` is not given it twice. What did
   * not change since the last snapshot is not stored again. Throws `input/invalid` for an empty one.
   */
  addImage(name: string, image: ImageContent, observer: WriteObserver): Promise<void>
  /** As `name.blob`. The source's facts go in as `holdfast.conf` (see pxar-snapshot/source-facts.ts). */
  addBlob(name: string, data: Uint8Array): Promise<void>
  /** Makes the snapshot visible: chunks are durable before the index, the index before the manifest. */
  commit(): Promise<StoredSnapshot>
  /** Drops what was written but the chunks, which the next run re-uses. Harmless after `commit`. */
  discard(): Promise<void>
}

/** Bytes that can be read anywhere and do not change their number. */
export interface ImageContent {
  readonly sizeBytes: bigint
  /** Exactly `length` bytes, which are inside the image. */
  read(at: bigint, length: number): Promise<Uint8Array>
}

/** Hears what the writer does; called often, must return at once. */
export interface WriteObserver {
  /** An entry is about to be written. `path` is path text inside the archive. */
  entry(path: string, sizeBytes: bigint): void
  /** It is done: its content was read and stored, or taken over unread. Directories, links and nodes count too. */
  entryDone(outcome: 'stored' | 'unchanged'): void
  /** The content could not be read, or not to its end. `partial`: it is in the archive, padded or cut, and counts as stored. */
  entryFailed(path: string, reason: string, partial: boolean): void
  /** Content bytes taken in, whether read or taken over. */
  bytes(count: number): void
  /** A chunk reached the repository, or was there already. */
  chunk(chunk: { readonly sizeBytes: number; readonly storedBytes: number; readonly isNew: boolean }): void
  /** Where the time goes, if anybody wants to know: read, chunk, hash, compress (or encrypt), write. */
  readonly stages?: StageClock | undefined
}

export interface SnapshotReader {
  readonly snapshot: StoredSnapshot
  /** The facts the source left, when the snapshot was made by Holdfast. */
  facts(signal: AbortSignal): Promise<SourceFacts | undefined>
  /** Base names of the archives that hold trees, such as `documents`. */
  readonly trees: readonly string[]
  /** Children of a folder, in archive order. `path` are name bytes from the archive's root. Throws `path/not-found`. */
  list(tree: string, path: readonly Uint8Array[], signal: AbortSignal): AsyncIterable<StoredEntry>
  stat(tree: string, path: readonly Uint8Array[], signal: AbortSignal): Promise<StoredEntry>
  /**
   * Content of one file, from `offset` for `length` bytes (to the end when absent). Follows hard links inside the archive.
   * Images and streams are archives without a tree: their whole file name, such as `disk.img.fidx`, and an empty path.
   */
  content(
    tree: string,
    path: readonly Uint8Array[],
    range: ContentRange,
    signal: AbortSignal,
  ): AsyncIterable<Uint8Array>
  /**
   * A whole tree, or the parts of it that `select` wants, for restoring, indexing and comparing. Directories on the way to a selected entry are handed
   * over too; a hard link whose first name is not selected comes as the file itself. Contents are fetched only for files that are opened, each before the next entry is taken.
   */
  walk(tree: string, options: WalkOptions, signal: AbortSignal): AsyncIterable<TreeEntry>
  /** The decoded bytes of a stored blob, or a stored stream archive. */
  blob(filename: string, signal: AbortSignal): Promise<Uint8Array>
  /** The manifest as stored, for the curious. */
  manifestText(signal: AbortSignal): Promise<string>
  /** Chunk counts an archive consists of. */
  chunks(filename: string, signal: AbortSignal): Promise<{ readonly count: number; readonly unique: number }>
  close(): Promise<void>
}

export interface ContentRange {
  readonly offset: bigint
  readonly length?: bigint | undefined
}

export interface WalkOptions {
  /** Paths to hand over, with everything below them; absent is the whole tree. */
  readonly select?: readonly (readonly Uint8Array[])[] | undefined
  /** False when only names and metadata are wanted: nothing of the payload is prefetched, `open` may not be called. */
  readonly contents: boolean
  /** Where the time goes, if anybody wants to know: fetch, decode, write (which is the time of who takes the entries). */
  readonly stages?: StageClock | undefined
}

/** An entry as stored, without its content. Sizes of directories are 0. */
export interface StoredEntry {
  readonly name: Uint8Array
  readonly kind: Exclude<TreeEntry['kind'], 'leave'>
  readonly sizeBytes: bigint
  readonly mtimeNs: bigint
  readonly permissions: number
  readonly uid: number
  readonly gid: number
  readonly target: Uint8Array | undefined
}

export interface Maintenance {
  /** Reads back everything the snapshots consist of, marks them, and renames damaged chunks so that the next backup replaces them. */
  verify?(options: VerifyOptions, observer: VerifyObserver, signal: AbortSignal): Promise<VerifyResult>
  /** Removes what the rules do not keep (spec pbs §8.5). Snapshots under a lock stay. */
  prune?(
    group: Partial<BackupGroup> & { readonly namespace: string },
    retention: Retention,
    options: { readonly dryRun: boolean } & TaskListener,
    signal: AbortSignal,
  ): Promise<readonly PruneDecision[]>
  /** Removes chunks nothing refers to (spec pbs §8.6). */
  collectGarbage?(
    observer: { progress(done: number, total: number): void } & TaskListener,
    signal: AbortSignal,
  ): Promise<GarbageResult>
  /** Removes one snapshot. Throws `snapshot/protected`, `repository/locked`. */
  forget?(ref: SnapshotRef): Promise<void>
  protect?(ref: SnapshotRef, isProtected: boolean): Promise<void>
  setNotes?(ref: SnapshotRef, notes: string): Promise<void>
  usage?(signal: AbortSignal): Promise<RepositoryUsage>
  /** Owners, notes and namespaces of groups. */
  readonly groups?: GroupKeeping
  /** What runs where the repository is. */
  readonly tasks?: TaskKeeping
  /** Takes files and folders out of snapshots. Absent where a snapshot stays as it was written. Throws `input/invalid`. */
  removePaths?(paths: readonly TreePath[]): PathRemover
  /** Whom the stored bytes belong to; reads every index, so it takes as long as that. An abort ends it at once. */
  space?(options: MeasureOptions, signal: AbortSignal): Promise<SpaceReport>
}

/** A file or folder in snapshots: a tree by its name, and names from its root. */
export interface TreePath {
  readonly tree: string
  readonly names: readonly Uint8Array[]
}

/**
 * Puts snapshots in their own place again without some paths. All that are to be changed are looked at before the first is:
 * only then is it known which stored blocks have to go, also from snapshots that do not list the paths any more but still
 * carry their bytes between other files.
 */
export interface PathRemover {
  /** What a snapshot holds of the paths. Throws as `read`. */
  look(ref: SnapshotRef, signal: AbortSignal): Promise<HeldPaths>
  /**
   * The snapshot as it is now, with its time, notes, protection and key; undefined when nothing of the paths was in it. An
   * abort or a crash leaves the old or the new one. Throws `snapshot/protected` unless that may be, `repository/locked`
   * while it is in use, `copy/mismatch`, and as `read`.
   */
  remove(ref: SnapshotRef, options: RemoveOptions, signal: AbortSignal): Promise<StoredSnapshot | undefined>
}

export interface HeldPaths {
  readonly entries: number
  readonly bytes: bigint
}

export interface RemoveOptions {
  readonly canBeProtected: boolean
  /** Bytes of the files that stay, as they are taken over, and chunks. */
  readonly observer: Pick<WriteObserver, 'bytes' | 'chunk'>
}

export interface StoredGroup extends BackupGroup {
  /** The account that may add to it; undefined for one that has lost its owner. */
  readonly owner: string | undefined
  readonly notes: string
}

/** What is known of groups besides their snapshots. Each call throws what the repository refuses. */
export interface GroupKeeping {
  /** In the namespace of the address and below it. */
  list(signal: AbortSignal): AsyncIterable<StoredGroup>
  /** The namespace of the address, and all below it. */
  namespaces(signal: AbortSignal): Promise<readonly string[]>
  setOwner(group: BackupGroup, owner: string): Promise<void>
  setNotes(group: BackupGroup, notes: string): Promise<void>
  /** The one above it has to be there. */
  createNamespace(namespace: string): Promise<void>
  /** Throws `path/not-empty`, or what a server says, when something is in it. */
  removeNamespace(namespace: string): Promise<void>
}

/** What runs, or ran, on a server; times in Unix milliseconds. */
export interface ServerTask {
  readonly id: string
  readonly kind: string
  readonly about: string
  readonly user: string
  readonly startedAt: number
  /** Undefined while it runs. */
  readonly endedAt: number | undefined
  readonly status: string | undefined
}

export interface TaskKeeping {
  /** The newest first. */
  list(signal: AbortSignal): Promise<readonly ServerTask[]>
  /** Lines that are there, then those that come, until the task has ended. */
  log(id: string, signal: AbortSignal): AsyncIterable<readonly string[]>
  /** Asks it to stop. */
  stop(id: string): Promise<void>
}

/** Hears the log of a task that runs where the repository is, line by line as it comes; most run here and have none. */
export interface TaskListener {
  said?(line: string): void
}

export interface VerifyOptions {
  readonly snapshots?: readonly SnapshotRef[] | undefined
  /** Unix milliseconds: snapshots verified well since then are skipped. */
  readonly skipVerifiedSince?: number | undefined
}

export interface VerifyObserver extends TaskListener {
  total(snapshots: number, bytes: bigint): void
  checked(bytes: number): void
  snapshotDone(ref: SnapshotRef, isOk: boolean): void
  corrupt(what: {
    readonly digest?: string | undefined
    readonly filename?: string | undefined
    readonly reason: string
  }): void
}

export interface VerifyResult {
  readonly snapshots: number
  readonly chunks: number
  /** Digests of damaged chunks; names of archives where a server does not say which chunk it was. */
  readonly corrupt: readonly string[]
  /** Which snapshots and which files in them a damaged chunk touches. */
  readonly affected: readonly { readonly ref: SnapshotRef; readonly files: readonly string[] }[]
}

export interface PruneDecision {
  readonly ref: SnapshotRef
  readonly keep: boolean
  readonly protected: boolean
}

export interface GarbageResult {
  readonly removedBytes: number
  readonly removedChunks: number
  readonly pendingBytes: number
  readonly pendingChunks: number
  readonly diskBytes: number
  readonly diskChunks: number
}
