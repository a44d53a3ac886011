import { HoldfastError } from '../../../../src-shared/errors.ts'
import type { Digest } from '../../../../src-shared/model/digest.ts'
import type { OpenChunkOptions } from './chunk-payload.ts'
import type { ChunkStore } from './chunk-store.ts'

/**
 * Several stores, asked one after the other: seeds, the store, caches, extra stores. One that is damaged or does not answer
 * is passed over as long as another has the chunk; casync gives up at the first (spec casync §3.5, §5).
 */
export function fallbackStore(stores: readonly ChunkStore[]): ChunkStore {
  return {
    async get(id: Digest, options: OpenChunkOptions, signal: AbortSignal) {
      let failure: { readonly error: unknown } | undefined
      for (const store of stores) {
        signal.throwIfAborted()
        try {
          const plain = await store.get(id, options, signal)
          if (plain !== undefined) return plain
        } catch (error) {
          if (!(error instanceof HoldfastError)) throw error
          failure ??= { error }
        }
      }
      // That no other has it does not mean that it is nowhere.
      if (failure !== undefined) throw failure.error
      return undefined
    },
    free(plain) {
      for (const store of stores) store.free?.(plain) // each knows its own
    },
  }
}
