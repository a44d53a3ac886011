import { openZstdLibrary, type ZstdCall } from '../../../os/zstd-library.ts'
import { allocateChunk } from '../../../storage/chunk-stream.ts'
import { type Compression, decompress } from './compression.ts'

/** Without a size from an index, a chunk may be much longer than it is: memory is then set aside as it comes. */
const maxRoomBytes = 1 << 20

/** Decompresses one chunk after the other in one thread, with one zstd context. */
export class Unpacker {
  readonly #zstd: ZstdCall | undefined = openZstdLibrary()?.createDecompressor()

  /** As `decompress`, into `room` if it is large enough. */
  unpack(bytes: Uint8Array, compression: Compression, maxBytes: number, room: Uint8Array | undefined): Uint8Array {
    if (this.#zstd === undefined || compression !== 'zstd' || maxBytes > maxRoomBytes) {
      return decompress(bytes, compression, maxBytes)
    }
    const into = room !== undefined && room.length >= maxBytes ? room.subarray(0, maxBytes) : allocateChunk(maxBytes)
    return into.subarray(0, this.#zstd(bytes, into))
  }
}
