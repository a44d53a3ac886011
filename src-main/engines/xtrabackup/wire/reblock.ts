/** Cuts a stream into blocks of exactly `size` bytes; the last may be shorter. */
export async function* reblock(source: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Buffer> {
  let block = Buffer.allocUnsafe(size)
  let used = 0
  for await (const piece of source) {
    for (let at = 0; at < piece.length; ) {
      const part = piece.subarray(at, at + size - used)
      block.set(part, used)
      used += part.length
      at += part.length
      if (used === size) {
        yield block
        block = Buffer.allocUnsafe(size)
        used = 0
      }
    }
  }
  if (used > 0) yield block.subarray(0, used)
}
