import type { Digest } from '../../../src-shared/model/digest.ts'
import type { SnapshotRef } from '../../../src-shared/model/snapshot.ts'
import type { PlacedChunk } from '../../storage/chunk-index.ts'
import type { IndexHeaderValues } from '../../storage/index-header.ts'

/**
 * What a snapshot needs of the place where it lives: chunks by digest and a few files. A datastore on disk and the
 * backup protocol of PBS both are such a place; everything about archives is above this line.
 */
export interface SnapshotFiles {
  /** A whole file as stored: an index or a blob. Throws `path/not-found`, and `snapshot/unknown` for the manifest. */
  file(filename: string, signal: AbortSignal): Promise<Uint8Array>
  /** A chunk as stored, unchecked, in a buffer of its own. Throws `chunk/missing`. `isOnce`: nobody will ask for it soon. */
  chunk(digest: Digest, signal: AbortSignal, isOnce?: boolean): Promise<Uint8Array<ArrayBuffer>>
  /** May be called twice. */
  close(): Promise<void>
}

/** A snapshot that is being written. Nobody sees it before `commit`. */
export interface NewSnapshot {
  readonly ref: SnapshotRef
  /** The newest finished snapshot of the group: it stays while this one is written. Closed with this one. */
  readonly base: SnapshotFiles | undefined
  /**
   * Whether the chunk is there already and will be at `commit`, so that it may stand in an index without being put.
   * Asked once per chunk, from the hot path: it may look at the local disk, it must not wait for a network.
   */
  keepChunk(digest: Digest): boolean
  /** `imageBytes` is the length of an image, whose index is a fixed one; without, it is dynamic. */
  openIndex(filename: string, imageBytes?: bigint): Promise<NewIndex>
  /** An encoded blob. */
  putBlob(filename: string, blob: Uint8Array): Promise<void>
  /** The encoded manifest, last: with it the snapshot is there. */
  commit(manifest: Uint8Array): Promise<void>
  /** Removes everything but the chunks. Harmless after `commit`, and may be called twice. */
  discard(): Promise<void>
}

/** An archive of the new snapshot: its chunks and then its index. */
export interface NewIndex {
  /** Any number at once, in any order. The blob, which has a buffer of its own, is given away. */
  putChunk(digest: Digest, sizeBytes: number, blob: Uint8Array<ArrayBuffer>): Promise<PutChunk>
  /** A chunk of the stream, in stream order: it was put, or kept. */
  append(chunk: PlacedChunk): void | Promise<void>
  /** Every chunk was appended: writes the index. */
  close(index: FinishedIndex): Promise<void>
}

/** The index of an archive, dynamic or fixed, that has all its chunks. */
export interface FinishedIndex {
  readonly count: number
  readonly sizeBytes: bigint
  csum(): Digest
  /** The file. */
  bytes(values: Omit<IndexHeaderValues, 'csum'>): Uint8Array
}

export interface PutChunk {
  readonly isNew: boolean
  readonly storedBytes: number
}
