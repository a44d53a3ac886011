import { lstatSync, utimesSync } from 'node:fs'
import type { Digest } from '../../../src-shared/model/digest.ts'
import type { Datastore } from '../../storage/datastore/datastore.ts'
import { chunkPath } from '../../storage/datastore/layout.ts'
import type { SnapshotDraft } from '../../storage/datastore/snapshot-draft.ts'
import type { NewIndex, NewSnapshot } from '../pxar-snapshot/snapshot-backend.ts'
import { openStoredFiles } from './stored-files.ts'

/** A snapshot that goes into a datastore on this computer. */
export function createNewSnapshot(store: Datastore, draft: SnapshotDraft, now: () => number): NewSnapshot {
  const { ref, base } = draft
  const newIndex = (filename: string): NewIndex => ({
    async putChunk(digest, _sizeBytes, blob) {
      const put = await store.chunks.insert(digest, blob)
      blob.buffer.transfer(0) // at once: the collector would come again and again for what lies around
      return put
    },
    append() {},
    // The draft makes the chunks durable before the index has its name.
    close: async (index) =>
      await draft.writeFile(filename, index.bytes({ createdAt: BigInt(Math.floor(now() / 1000)) })),
  })
  return {
    ref,
    base: base === undefined ? undefined : openStoredFiles(store, base),
    keepChunk: (digest) => touchChunk(store, digest, now()),
    openIndex: (filename) => Promise.resolve(newIndex(filename)),
    putBlob: async (filename, blob) => await draft.writeFile(filename, blob),
    commit: async (manifest) => await draft.commit(manifest),
    discard: async () => await draft.discard(),
  }
}

/**
 * Marks a chunk as used, so that garbage collection spares it, and says whether it is there. Synchronous, once for a
 * chunk of some megabytes: two calls to the file system cost less than a trip to the thread pool.
 */
function touchChunk(store: Datastore, digest: Digest, nowMs: number): boolean {
  const file = chunkPath(store.path, digest)
  try {
    const { size, mtimeMs } = lstatSync(file)
    if (size === 0) return false // left by a crash of the system
    utimesSync(file, nowMs / 1000, mtimeMs / 1000)
    return true
  } catch {
    return false // whatever the reason is: the chunk is put again, and that says what is wrong with the disk
  }
}
