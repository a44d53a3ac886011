import type { Digest } from '../../src-shared/model/digest.ts'

/** A chunk by its digest and the length of its plain data: what an index is made of. */
export interface ChunkRef {
  readonly digest: Digest
  readonly sizeBytes: number
}

/** A chunk with its place in the stream. */
export interface PlacedChunk extends ChunkRef {
  /** Its number in the index, from 0. */
  readonly position: number
  /** Where its first byte is in the stream. */
  readonly offset: bigint
}

/** What dynamic and fixed indexes have in common: the list of chunks that make up a stream or an image. */
export interface ChunkIndex {
  readonly count: number
  /** Length of the whole stream. */
  readonly sizeBytes: bigint
  /** Checksum over the entries, computed from them (spec pbs §2.5), not the one that the header claims. */
  csum(): Digest
  /** Throws a RangeError outside 0…count−1. */
  at(position: number): PlacedChunk
  digestAt(position: number): Digest
  /** The chunk that holds the byte at `offset`; `undefined` outside the stream. */
  chunkAt(offset: bigint): PlacedChunk | undefined
  /** In stream order. The index is not changed meanwhile. */
  [Symbol.iterator](): Iterator<PlacedChunk>
}

export function checkPosition(position: number, count: number): void {
  if (!Number.isInteger(position) || position < 0 || position >= count)
    throw new RangeError(`an index of ${count} chunks has none at ${position}`)
}
