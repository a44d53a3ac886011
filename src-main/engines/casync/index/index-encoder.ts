import type { Digest } from '../../../../src-shared/model/digest.ts'
import { featureProblem } from '../../../archive/catar/feature-flags.ts'
import type { ChunkRef } from '../../../storage/chunk-index.ts'
import { writeDigest } from '../../../storage/digest-bytes.ts'
import { checkChunkSizes } from '../chunker/chunk-sizes.ts'
import {
  type IndexHeader,
  indexHeaderBytes,
  indexItemBytes,
  itemDigestOffset,
  maxIndexItems,
  writeIndexHeader,
  writeIndexTail,
} from './index-format.ts'

/** Writes an index piece by piece: `header`, `items` as chunks become known, `tail`. What it returns is the caller's. */
export class IndexEncoder {
  readonly #header: IndexHeader
  #count = 0
  #end = 0n

  /** The flags are those of the archive, or `blobFeatures` of them. */
  constructor(header: IndexHeader) {
    const problem = featureProblem(header.featureFlags)
    if (problem !== undefined) throw new RangeError(`feature flags: ${problem}`)
    checkChunkSizes(header.sizes)
    this.#header = header
  }

  get count(): number {
    return this.#count
  }

  /** Length of the stream so far. */
  get sizeBytes(): bigint {
    return this.#end
  }

  header(): Uint8Array<ArrayBuffer> {
    const { bytes, view } = room(indexHeaderBytes)
    writeIndexHeader(view, this.#header)
    return bytes
  }

  items(chunks: readonly ChunkRef[]): Uint8Array<ArrayBuffer> {
    const { bytes, view } = room(chunks.length * indexItemBytes)
    let at = 0
    for (const { digest, sizeBytes } of chunks) {
      this.#append(bytes, view, { at, digest, sizeBytes })
      at += indexItemBytes
    }
    return bytes
  }

  tail(): Uint8Array<ArrayBuffer> {
    const { bytes, view } = room(indexItemBytes)
    writeIndexTail(view, 0, this.#count)
    return bytes
  }

  #append(bytes: Uint8Array, view: DataView, item: { at: number; digest: Digest; sizeBytes: number }): void {
    const { at, digest, sizeBytes } = item
    if (!Number.isInteger(sizeBytes) || sizeBytes < 1 || sizeBytes > this.#header.sizes.maxBytes) {
      throw new RangeError(`a chunk cannot have ${sizeBytes} bytes`)
    }
    if (this.#count === maxIndexItems) throw new RangeError(`an index holds ${maxIndexItems} chunks`)
    this.#end += BigInt(sizeBytes)
    this.#count++
    view.setBigUint64(at, this.#end, true)
    writeDigest(digest, bytes, at + itemDigestOffset)
  }
}

/** The file as a whole. */
export function encodeIndex(header: IndexHeader, chunks: readonly ChunkRef[]): Uint8Array<ArrayBuffer> {
  const encoder = new IndexEncoder(header)
  const parts = [encoder.header(), encoder.items(chunks), encoder.tail()]
  const { bytes } = room(parts.reduce((total, part) => total + part.length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

function room(length: number): { readonly bytes: Uint8Array<ArrayBuffer>; readonly view: DataView } {
  const bytes = new Uint8Array(length)
  return { bytes, view: new DataView(bytes.buffer) }
}
