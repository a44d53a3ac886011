import { HoldfastError } from '../../../src-shared/errors.ts'
import type { ChunkStore } from '../../engines/casync/store/chunk-store.ts'
import type { ChunkFetcherOptions } from '../pxar-snapshot/chunk-fetcher.ts'
import { ownBytes } from '../pxar-snapshot/own-bytes.ts'

const readsAtOnce = 8

/** For readers of snapshots and archives: a store that opens and checks chunks by itself. */
export function chunksOfStore(store: ChunkStore): ChunkFetcherOptions {
  return {
    files: {
      async chunk(digest, signal) {
        const plain = await store.get(digest, {}, signal)
        if (plain === undefined) throw new HoldfastError('chunk/missing', { detail: digest })
        return ownBytes(plain)
      },
    },
    sealer: { threads: readsAtOnce, open: (plain) => Promise.resolve(plain) },
  }
}
