/**
 * Says where a stream is cut. The caller keeps the chunk that is being filled in one buffer, from its first byte, and
 * asks again whenever there is more of it; a chunker remembers how far it has looked.
 */
export interface Chunker {
  /** No chunk is longer: the size of the buffer. */
  readonly maxBytes: number
  /** A new chunk begins at `offset` of the stream. To be called before the first `scan` of every chunk. */
  startChunk(offset: bigint): void
  /**
   * The length of the chunk if it ends within `chunk[0…filled)`, else 0. `filled` never shrinks and what was shown
   * before has not changed. After a cut `startChunk` comes next.
   */
  scan(chunk: Uint8Array, filled: number): number
  /** A good place for a cut, if the chunker takes suggestions (spec pbs §6.3). Offsets of the stream, ascending. */
  suggest?(offset: bigint): void
}
