import type { Digest } from '../../../../src-shared/model/digest.ts'
import type { ChunkPayload, OpenChunkOptions } from './chunk-payload.ts'

/** Where chunks come from, and perhaps go to: a folder, a server, several of these one after the other. */
export interface ChunkStore {
  /**
   * The verified plain bytes. Undefined when the store has no such chunk. Throws `chunk/corrupt` for one that is not what
   * its name says, `repository/unreachable` when the store does not answer. May be called several at once.
   */
  get(id: Digest, options: OpenChunkOptions, signal: AbortSignal): Promise<Uint8Array | undefined>
  /** The caller looks no more at what `get` gave: its memory may go at once, and not when a collector finds it. */
  free?(plain: Uint8Array): void
  /** Whether `get` would find something. Absent where only `get` can tell. */
  has?(id: Digest, signal: AbortSignal): Promise<boolean>
  /**
   * Stores a chunk that the caller has verified, in the form it has. False when it was there already. Absent where nothing
   * can be stored.
   */
  put?(id: Digest, payload: ChunkPayload, signal: AbortSignal): Promise<boolean>
}
