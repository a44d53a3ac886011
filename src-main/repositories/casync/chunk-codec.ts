import { chunkDigest, type DigestAlgorithm, digestAlgorithms } from '../../engines/casync/chunk-digest.ts'
import { openChunk, sealChunk } from '../../engines/casync/store/chunk-payload.ts'
import type { WritableCompression } from '../../engines/casync/store/compression.ts'
import type { SealCodec } from '../../storage/seal/seal-codec.ts'

/** What a sealing thread for casync is told; it travels between threads. */
export interface ChunkCodecOptions {
  /** Names new chunks. */
  readonly algorithm: DigestAlgorithm
  /** Undefined leaves new chunks as they are. */
  readonly compression: WritableCompression | undefined
}

/** The chunks of casync: plain or compressed, named by what they hold. */
export function createChunkCodec({ algorithm, compression }: ChunkCodecOptions): SealCodec {
  return {
    digest: (chunk) => chunkDigest(chunk, algorithm),
    encode: (chunk) => new Uint8Array(compression === undefined ? chunk : sealChunk(chunk, compression).bytes),
    open(stored, { digest, sizeBytes }) {
      // Nothing but the name of the file says that a chunk is stored plain; its digest proves it.
      const mayBePlain = stored.length === sizeBytes
      const isPlain = mayBePlain && digestAlgorithms.some((each) => chunkDigest(stored, each) === digest)
      return isPlain ? stored : openChunk(digest, { bytes: stored, isCompressed: true }, { sizeBytes })
    },
  }
}
