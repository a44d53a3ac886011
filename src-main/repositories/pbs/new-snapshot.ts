import type { Digest } from '../../../src-shared/model/digest.ts'
import type { SnapshotRef } from '../../../src-shared/model/snapshot.ts'
import type { BackupSession } from '../../engines/pbs/client/backup/backup-session.ts'
import type { IndexUpload } from '../../engines/pbs/client/backup/index-upload.ts'
import type { ChunkIndex } from '../../storage/chunk-index.ts'
import { DigestSet } from '../../storage/datastore/digest-set.ts'
import { MANIFEST_NAME } from '../../storage/datastore/layout.ts'
import { FIXED_CHUNK_BYTES, FixedIndex } from '../../storage/fixed-index.ts'
import type { NewIndex, NewSnapshot, PutChunk } from '../pxar-snapshot/snapshot-backend.ts'
import type { BaseFiles } from './base-files.ts'

/** 256 MiB of memory, 32 TiB of usual chunks: beyond that, chunks are uploaded although the server has them. */
const MAX_KNOWN = 1 << 23

export interface PbsSnapshotOptions {
  readonly ref: SnapshotRef
  readonly session: BackupSession
  readonly base: BaseFiles | undefined
  /** Of the key that signs or encrypts the new snapshot. */
  readonly keyFingerprint: string | undefined
}

/** A snapshot that goes to a server, over one backup connection (spec pbs §2, §9.3). */
export function createPbsSnapshot({ ref, session, base, keyFingerprint }: PbsSnapshotOptions): NewSnapshot {
  const known = new DigestSet(MAX_KNOWN)
  const uploading = new Map<Digest, Promise<void>>()
  // Chunks of another key have other digests: looking at them would be in vain (§2.6).
  const usableBase = base?.keyFingerprint === keyFingerprint ? base : undefined
  let isOpen = true
  const end = async () => {
    isOpen = false
    await base?.close()
    await session.close()
  }
  return {
    ref,
    base: usableBase,
    keepChunk: (digest) => known.has(digest),
    async openIndex(filename, imageBytes) {
      const before = await usableBase?.index(filename)
      for (const { digest } of before ?? []) known.add(digest)
      if (imageBytes === undefined) return new PbsIndex(await session.openIndex(filename), { known, uploading })
      const reused = reusable(before, imageBytes)
      const image = { sizeBytes: imageBytes, reuseCsum: reused?.csum() }
      return new PbsIndex(await session.openIndex(filename, image), { known, uploading, reused })
    },
    putBlob: (filename, blob) => session.uploadBlob(filename, blob),
    async commit(manifest) {
      await session.uploadBlob(MANIFEST_NAME, manifest)
      await session.finish()
      await end()
    },
    async discard() {
      if (isOpen) await end()
    },
  }
}

/** An image of as many chunks can begin as a copy of the old index (§2.3). */
function reusable(before: ChunkIndex | undefined, imageBytes: bigint): FixedIndex | undefined {
  if (!(before instanceof FixedIndex) || before.chunkBytes !== FIXED_CHUNK_BYTES) return undefined
  const chunkBytes = BigInt(FIXED_CHUNK_BYTES)
  return BigInt(before.count) === (imageBytes + chunkBytes - 1n) / chunkBytes ? before : undefined
}

interface PbsIndexState {
  /** What may be referred to, on this connection. */
  readonly known: DigestSet
  readonly uploading: Map<Digest, Promise<void>>
  /** The index that this one began as a copy of. */
  readonly reused?: FixedIndex | undefined
}

class PbsIndex implements NewIndex {
  readonly #upload: IndexUpload
  readonly #state: PbsIndexState

  constructor(upload: IndexUpload, state: PbsIndexState) {
    this.#upload = upload
    this.#state = state
  }

  /** Equal chunks that come while the first is under way wait for that instead of being sent again. */
  async putChunk(digest: Digest, sizeBytes: number, blob: Uint8Array<ArrayBuffer>): Promise<PutChunk> {
    const { length } = blob // it is gone when it is there
    const { known, uploading } = this.#state
    const underWay = uploading.get(digest)
    if (underWay !== undefined || known.has(digest)) {
      await underWay
      return { isNew: false, storedBytes: 0 }
    }
    const upload = this.#upload.uploadChunk(digest, sizeBytes, blob).finally(() => uploading.delete(digest))
    uploading.set(digest, upload)
    await upload
    known.add(digest)
    return { isNew: true, storedBytes: length }
  }

  async append({ digest, offset, position }: Parameters<NewIndex['append']>[0]): Promise<void> {
    if (this.#state.reused?.digestAt(position) === digest) return
    await this.#upload.append(digest, offset)
  }

  async close(index: Parameters<NewIndex['close']>[0]): Promise<void> {
    await this.#upload.close(index)
  }
}
