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

/** The position of the chunk that holds the byte at `offset`, which lies in the stream, by where each chunk ends. */
export function findPosition(offset: bigint, count: number, endAt: (position: number) => bigint): number {
  let low = 0
  let high = count - 1
  while (low < high) {
    const middle = (low + high) >>> 1
    if (endAt(middle) > offset) high = middle
    else low = middle + 1
  }
  return low
}

export function checkPosition(position: number, count: number): void {
  if (!Number.isInteger(position) || position < 0 || position >= count)
    throw new RangeError(`an index of ${count} chunks has none at ${position}`)
}
