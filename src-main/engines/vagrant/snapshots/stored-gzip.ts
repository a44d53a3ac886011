import { crc32 } from 'node:zlib'

/** RFC 1952 §2.3: deflate, no name, no time, an unknown system; nothing in it tells two runs apart. */
const gzipHeader = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff)
/** RFC 1951 §3.2.4: the length of a stored block is a 16-bit number. */
const blockBytes = 0xffff
const lastBlock = Uint8Array.of(1, 0, 0, 0xff, 0xff)

/**
 * A gzip file whose contents are as they were, in blocks that begin where a piece begins. Any gunzip reads it; and unlike in a
 * compressed file what did not change stands there byte for byte, so that a repository stores it once.
 */
export async function* storeInGzip(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  yield gzipHeader
  let checksum = 0
  let size = 0
  for await (const piece of pieces) {
    checksum = crc32(piece, checksum)
    size = (size + piece.length) % 2 ** 32
    for (let at = 0; at < piece.length; at += blockBytes) {
      const block = piece.subarray(at, at + blockBytes)
      const head = Buffer.alloc(5)
      head.writeUInt16LE(block.length, 1)
      head.writeUInt16LE(block.length ^ 0xffff, 3)
      yield head
      yield block
    }
  }
  yield lastBlock
  const end = Buffer.alloc(8)
  end.writeUInt32LE(checksum, 0)
  end.writeUInt32LE(size, 4)
  yield end
}
