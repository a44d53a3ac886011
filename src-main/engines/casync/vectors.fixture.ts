import { readFileSync } from 'node:fs'
import { zstdDecompressSync } from 'node:zlib'
import type { ChunkRef } from '../../storage/chunk-index.ts'
import type { Chunker } from '../../storage/chunker.ts'
import type { DigestAlgorithm } from './chunk-digest.ts'
import { chunkDigest } from './chunk-digest.ts'

/** A file of testdata (see its README). */
export function vector(name: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(readFileSync(new URL(`testdata/${name}`, import.meta.url)))
}

let blob: Uint8Array | undefined

/** The 5 MB from which most indexes are made. */
export function blobVector(): Uint8Array {
  blob ??= zstdDecompressSync(vector('blob.bin.zst'))
  return blob
}

/** Cuts a whole stream, shown to the chunker in steps of `stepBytes`. */
export function cutStream(
  chunker: Chunker,
  data: Uint8Array,
  stepBytes = data.length,
  algorithm: DigestAlgorithm = 'sha512-256',
): ChunkRef[] {
  const chunks: ChunkRef[] = []
  let start = 0
  let filled = 0
  const take = (length: number): void => {
    const plain = data.subarray(start, start + length)
    chunks.push({ digest: chunkDigest(plain, algorithm), sizeBytes: length })
    start += length
    filled -= length
    chunker.startChunk(BigInt(start))
  }
  chunker.startChunk(0n)
  while (start + filled < data.length) {
    filled = Math.min(filled + stepBytes, data.length - start)
    for (let length = chunker.scan(data.subarray(start), filled); length > 0; ) {
      take(length)
      length = filled > 0 ? chunker.scan(data.subarray(start), filled) : 0
    }
  }
  if (filled > 0) take(filled)
  return chunks
}
