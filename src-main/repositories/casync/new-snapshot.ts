import { lstatSync, utimesSync } from 'node:fs'
import type { Digest } from '../../../src-shared/model/digest.ts'
import { IndexEncoder } from '../../engines/casync/index/index-encoder.ts'
import type { IndexHeader } from '../../engines/casync/index/index-format.ts'
import { plainChunkPath } from '../../engines/casync/store/layout.ts'
import type { LocalStore } from '../../engines/casync/store/local-store.ts'
import type { ChunkRef, PlacedChunk } from '../../storage/chunk-index.ts'
import type { PendingFile } from '../../storage/datastore/pending-file.ts'
import type { SnapshotDraft } from '../../storage/datastore/snapshot-draft.ts'
import type { NewIndex } from '../pxar-snapshot/snapshot-backend.ts'

export interface NewIndexOptions {
  readonly draft: SnapshotDraft
  readonly store: LocalStore
  readonly header: IndexHeader
  /** Chunks come compressed, or as they are. */
  readonly isCompressed: boolean
  readonly signal: AbortSignal
  /** Gets the file under way, to discard it when the archive fails. */
  readonly onFile: (file: PendingFile) => void
  /** Hears of every chunk of the stream, in its order. */
  readonly onChunk?: ((chunk: PlacedChunk) => void) | undefined
}

/** Items of an index that are written at once. */
const itemsAtOnce = 1024

/** An index while it is being written, beside the chunks that go into the store. */
export async function createNewIndex(filename: string, options: NewIndexOptions): Promise<NewIndex> {
  const { draft, store, header, isCompressed, signal, onFile, onChunk } = options
  const encoder = new IndexEncoder(header)
  const file = await draft.createFile(filename)
  onFile(file)
  let waiting: ChunkRef[] = []
  const flush = async () => {
    const items = encoder.items(waiting)
    waiting = []
    await file.handle.appendFile(items)
  }
  await file.handle.appendFile(encoder.header())
  return {
    async putChunk(digest, _sizeBytes, bytes) {
      const isNew = await store.put(digest, { bytes, isCompressed }, signal)
      return { isNew, storedBytes: isNew ? bytes.length : 0 }
    },
    append(chunk) {
      onChunk?.(chunk)
      waiting.push({ digest: chunk.digest, sizeBytes: chunk.sizeBytes })
      if (waiting.length >= itemsAtOnce) return flush()
    },
    async close() {
      await flush()
      await file.handle.appendFile(encoder.tail())
      // The draft makes the chunks durable before the index has its name.
      await file.commit()
    },
  }
}

/**
 * Whether a chunk is in the store, and from now on counts as used, so that garbage collection spares it. Synchronous, once
 * a chunk: two calls to the file system cost less than a trip to the thread pool.
 */
export function keepChunk(store: LocalStore, digest: Digest, nowMs: number): boolean {
  const plain = plainChunkPath(store.root, digest)
  return touch(plain + store.suffix, nowMs) || touch(plain, nowMs)
}

function touch(file: string, nowMs: number): boolean {
  try {
    const stat = lstatSync(file, { throwIfNoEntry: false }) // nearly always there is none, and errors cost more than the call
    if (stat === undefined || !stat.isFile() || stat.size === 0) return false // empty: left by a crash of the system
    utimesSync(file, nowMs / 1000, nowMs / 1000)
    return true
  } catch {
    return false // whatever the reason is: the chunk is put again, and that says what is wrong with the disk
  }
}
