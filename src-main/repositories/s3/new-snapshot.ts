import { HoldfastError } from '../../../src-shared/errors.ts'
import type { Digest } from '../../../src-shared/model/digest.ts'
import type { SnapshotRef } from '../../../src-shared/model/snapshot.ts'
import { formatSnapshotRef, MANIFEST_NAME } from '../../storage/datastore/layout.ts'
import type { NewIndex, NewSnapshot, PutChunk, SnapshotFiles } from '../pxar-snapshot/snapshot-backend.ts'
import type { Bucket } from './bucket.ts'
import { isAnswered } from './bucket-failure.ts'
import { KnownChunks } from './known-chunks.ts'
import type { BucketLock } from './locks/bucket-locks.ts'
import { chunkName, snapshotFileName, snapshotPrefix } from './object-names.ts'

export interface S3SnapshotOptions {
  readonly ref: SnapshotRef
  readonly bucket: Bucket
  readonly base: SnapshotFiles | undefined
  /** Of the group: while it is held, nobody removes chunks. */
  readonly lock: BucketLock
  /** Unix milliseconds. */
  readonly now: () => number
  /** Also aborted when the lock is lost. */
  readonly signal: AbortSignal
}

/** What a cancelled run may still take to clear up; what stays then is cleared away by the next one. */
const DISCARD_TIMEOUT_MS = 30_000

/**
 * A snapshot that goes into a bucket. Each object is durable when its call returns, so the order of the calls is the order of
 * things: chunks, their index, and the manifest last.
 */
export function createS3Snapshot({ ref, bucket, base, lock, now, signal }: S3SnapshotOptions): NewSnapshot {
  const known = new KnownChunks(base)
  const chunks = new ChunkPuts(bucket, known, signal)
  let isOpen = true
  const end = async () => {
    isOpen = false
    await base?.close()
    await lock.release()
  }
  /**
   * Once it is sent it is not cancelled, and without an answer nothing is cleared away: it might arrive afterwards, and be that of a
   * snapshot without files. Nobody writes to the group until that is over.
   */
  const putManifest = async (manifest: Uint8Array) => {
    try {
      return await bucket.put(snapshotFileName(ref, MANIFEST_NAME), manifest, lock.lost, { isNew: true })
    } catch (error) {
      if (!isAnswered(error)) {
        lock.leave()
        await end()
      }
      throw error
    }
  }
  return {
    ref,
    base,
    keepChunk: (digest) => known.has(digest),
    async openIndex(filename): Promise<NewIndex> {
      await known.learn(filename, signal)
      return {
        putChunk: (digest, _sizeBytes, blob) => chunks.put(digest, blob),
        append() {},
        async close(index) {
          const bytes = index.bytes({ createdAt: BigInt(Math.floor(now() / 1000)) })
          await bucket.put(snapshotFileName(ref, filename), bytes, signal)
        },
      }
    },
    async putBlob(filename, blob) {
      await bucket.put(snapshotFileName(ref, filename), blob, signal)
    },
    async commit(manifest) {
      await lock.confirm(signal)
      const isFirst = await putManifest(manifest)
      if (!isFirst) throw new HoldfastError('snapshot/exists', { detail: formatSnapshotRef(ref) })
      await end()
    },
    async discard() {
      if (!isOpen) return
      isOpen = false
      try {
        await removeUnfinished(bucket, ref)
      } finally {
        await end()
      }
    },
  }
}

class ChunkPuts {
  readonly #bucket: Bucket
  readonly #known: KnownChunks
  readonly #signal: AbortSignal
  readonly #underWay = new Map<Digest, Promise<PutChunk>>()

  constructor(bucket: Bucket, known: KnownChunks, signal: AbortSignal) {
    this.#bucket = bucket
    this.#known = known
    this.#signal = signal
  }

  /** Equal chunks that come while the first is under way wait for that instead of being sent again. */
  async put(digest: Digest, blob: Uint8Array<ArrayBuffer>): Promise<PutChunk> {
    const before = this.#underWay.get(digest)
    if (before !== undefined || this.#known.has(digest)) {
      await before
      return { isNew: false, storedBytes: 0 }
    }
    const put = this.#putNew(digest, blob).finally(() => this.#underWay.delete(digest))
    this.#underWay.set(digest, put)
    return await put
  }

  async #putNew(digest: Digest, blob: Uint8Array<ArrayBuffer>): Promise<PutChunk> {
    const name = chunkName(digest)
    const { length } = blob
    // One that a run left which was cut off, or another group has: a question costs less than some megabytes.
    const found = await this.#bucket.head(name, this.#signal)
    const isThere = found !== undefined && found.sizeBytes > 0
    if (!isThere) await this.#bucket.put(name, blob, this.#signal)
    this.#known.add(digest)
    blob.buffer.transfer(0) // at once: the collector would come again and again for what lies around
    return isThere ? { isNew: false, storedBytes: 0 } : { isNew: true, storedBytes: length }
  }
}

/** Everything of a snapshot that has no manifest. It is never more than could be written again. */
export async function removeUnfinished(bucket: Bucket, ref: SnapshotRef): Promise<void> {
  const signal = AbortSignal.timeout(DISCARD_TIMEOUT_MS)
  const names: string[] = []
  for await (const { name } of bucket.list(snapshotPrefix(ref), signal)) names.push(name)
  if (names.includes(snapshotFileName(ref, MANIFEST_NAME))) return
  await bucket.delete(names, signal)
}
