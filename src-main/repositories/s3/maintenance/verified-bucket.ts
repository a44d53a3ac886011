import { HoldfastError, ProtocolError } from '../../../../src-shared/errors.ts'
import type { Digest } from '../../../../src-shared/model/digest.ts'
import { MAX_ENCODED_CHUNK_BYTES } from '../../../storage/blob.ts'
import type { VerifiedStore } from '../../../storage/datastore/verified-store.ts'
import { ownBytes } from '../../pxar-snapshot/own-bytes.ts'
import type { BucketStore } from '../bucket-store.ts'
import { chunkName } from '../object-names.ts'
import { listGroups, listNamespaces, listSnapshots, readSnapshotFile } from '../snapshot-listing.ts'
import { changeManifest } from './change-manifest.ts'
import { setChunkAside } from './set-chunk-aside.ts'

/** Far more than are read at once. */
const MAX_ETAGS = 4096

/** A bucket, seen by verification. Where the key may only read, nothing is set aside, noted or locked. */
export function verifiedBucket(store: BucketStore, signal: AbortSignal): VerifiedStore {
  const { bucket, locks } = store
  const etags = new RecentEtags()
  return {
    chunks: {
      async read(digest) {
        const name = chunkName(digest)
        try {
          const found = await bucket.get(name, MAX_ENCODED_CHUNK_BYTES, signal)
          // Nothing is left where one was set aside.
          if (found !== undefined && found.bytes.length > 0) {
            etags.set(digest, found.etag)
            return ownBytes(found.bytes)
          }
        } catch (error) {
          if (!(error instanceof ProtocolError)) throw error
          const sizeBytes = (await bucket.head(name, signal))?.sizeBytes ?? 0
          if (sizeBytes <= MAX_ENCODED_CHUNK_BYTES) throw error
          throw new HoldfastError('chunk/corrupt', { detail: `${digest} has ${sizeBytes} bytes.`, cause: error })
        }
        throw new HoldfastError('chunk/missing', { detail: digest })
      },
      setAside: (digest) => unlessReadOnly(() => setChunkAside(bucket, { digest, etag: etags.get(digest) }, signal)),
    },
    async *finished() {
      for await (const namespace of listNamespaces(bucket, '', signal)) {
        for await (const group of listGroups(bucket, namespace, signal)) {
          for await (const listing of listSnapshots(bucket, group, signal)) if (listing.isFinished) yield listing
        }
      }
    },
    readFile: (ref, filename) => readSnapshotFile(bucket, ref, filename, signal),
    async hold(ref) {
      try {
        return await locks.acquire({ kind: 'read', ref }, signal)
      } catch (error) {
        if (error instanceof HoldfastError && error.code === 'repository/locked') return undefined
        throw error
      }
    },
    changeManifest: (ref, change) => unlessReadOnly(() => changeManifest(store, ref, change, signal)),
  }
}

/** Which content of a chunk it was that was read, for as long as it is being checked. */
class RecentEtags {
  readonly #etags = new Map<Digest, string>()

  get(digest: Digest): string | undefined {
    return this.#etags.get(digest)
  }

  set(digest: Digest, etag: string): void {
    this.#etags.set(digest, etag)
    if (this.#etags.size <= MAX_ETAGS) return
    const [oldest] = this.#etags.keys()
    if (oldest !== undefined) this.#etags.delete(oldest)
  }
}

async function unlessReadOnly(change: () => Promise<void>): Promise<void> {
  try {
    await change()
  } catch (error) {
    if (!(error instanceof HoldfastError && error.code === 'auth/denied')) throw error
  }
}
