import type { Digest } from '../../../src-shared/model/digest.ts'
import type { ChunkRef } from '../chunk-index.ts'

/** A chunk that has its name, and unless it was known already, the blob to store. */
export interface SealedChunk extends ChunkRef {
  readonly blob?: Uint8Array<ArrayBuffer>
  /** How long a thread was busy with it. */
  readonly spent: SealTimes
}

/** In milliseconds. */
export interface SealTimes {
  readonly hashMs: number
  /** Compressing and encrypting; 0 for a known chunk. */
  readonly encodeMs: number
}

/** Makes blobs of chunks and chunks of blobs: hashing, compressing, encrypting and back. */
export interface ChunkSealer extends AsyncDisposable {
  /** How much is worked on at once. More than twice as many calls under way only wait. */
  readonly threads: number
  /** Memory for a chunk that will be sealed, of so many bytes: that of chunks which were. Not needed, but cheaper. */
  allocate(bytes: number): Uint8Array<ArrayBuffer>
  /**
   * The digest of the chunk and, when `isKnown` says no to it, its blob. `isKnown` is called once, in the caller's
   * thread; a known chunk is neither compressed nor encrypted. The chunk's whole buffer moves away: do not touch it
   * again, and hand in none that holds something else.
   */
  seal(chunk: Uint8Array<ArrayBuffer>, isKnown: (digest: Digest) => boolean, signal: AbortSignal): Promise<SealedChunk>
  /**
   * The data of a stored chunk, which has the digest and size that are expected. Throws `chunk/corrupt` with the digest
   * when it has not, or when it does not decrypt: that the key is the right one is known from the manifest. Throws
   * `key/missing` for an encrypted chunk without a key. The blob's buffer moves away unless the blob is part of a
   * larger one.
   */
  open(blob: Uint8Array<ArrayBuffer>, expected: ChunkRef, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>>
  /** What is under way is rejected. May be called twice. */
  close(): Promise<void>
}

export interface SealOptions {
  /** 32 bytes. Without, chunks are stored in plain and have plain digests. */
  readonly key?: Uint8Array | undefined
  /** True unless told otherwise. */
  readonly compress?: boolean | undefined
}
