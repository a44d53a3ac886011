import { HoldfastError } from '../../../src-shared/errors.ts'
import type { SnapshotRef } from '../../../src-shared/model/snapshot.ts'
import { MAX_ENCODED_CHUNK_BYTES } from '../../storage/blob.ts'
import type { ChunkCache } from '../pxar-snapshot/chunk-cache.ts'
import { ownBytes } from '../pxar-snapshot/own-bytes.ts'
import type { SnapshotFiles } from '../pxar-snapshot/snapshot-backend.ts'
import type { Bucket } from './bucket.ts'
import { chunkName } from './object-names.ts'
import { readSnapshotFile } from './snapshot-listing.ts'

export interface S3FilesOptions {
  readonly ref: SnapshotRef
  /** Where fetched chunks are kept; without, each is fetched whenever it is wanted. */
  readonly cache: ChunkCache | undefined
  /** Lets go of whatever keeps the snapshot from being removed. */
  release?(): Promise<void>
}

/** A snapshot in a bucket, for reading. Indexes and blobs are fetched once. */
export function openS3Files(bucket: Bucket, { ref, cache, release }: S3FilesOptions): SnapshotFiles {
  const files = new Map<string, Promise<Buffer>>()
  return {
    file(filename, signal) {
      const known = files.get(filename)
      if (known !== undefined) return known
      const reading = readSnapshotFile(bucket, ref, filename, signal)
      files.set(filename, reading)
      reading.catch(() => files.delete(filename)) // whoever asks again may have more luck
      return reading
    },
    async chunk(digest, signal, isOnce = false) {
      const cached = await cache?.get(digest)
      signal.throwIfAborted()
      if (cached !== undefined) return new Uint8Array(cached) // it stands before its checksum
      const found = await bucket.get(chunkName(digest), MAX_ENCODED_CHUNK_BYTES, signal)
      // Nothing is left of one that was set aside because it was damaged.
      if (found === undefined || found.bytes.length === 0) throw new HoldfastError('chunk/missing', { detail: digest })
      // Before it is handed over: then its buffer moves away. A restore would only push out what is looked at.
      if (!isOnce) await cache?.put(digest, found.bytes)
      return ownBytes(found.bytes)
    },
    async close() {
      await release?.()
    },
  }
}
