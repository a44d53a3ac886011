/**
 * How long the content of an xz file is, read from its framing (the .xz file format 1.2, and LZMA2 as its reference
 * decoder takes it). The library that decompresses takes whatever comes and has no limit, so this says before what would
 * come out, exactly: every chunk of LZMA2 says how much it becomes, and becomes no more.
 */

const streamHeaderBytes = 12
const streamFooterBytes = 12
const magic = [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]
/** The sizes of the checks that an encoder may choose: none, CRC32, CRC64, SHA-256. */
const checkBytes: ReadonlyMap<number, number> = new Map([
  [0x00, 0],
  [0x01, 4],
  [0x04, 8],
  [0x0a, 32],
])
const lzma2Filter = 0x21
const indexIndicator = 0x00

/** Of exactly one stream. Throws a plain Error for anything that is not its whole framing, or follows it. */
export function xzContentBytes(bytes: Uint8Array): number {
  if (bytes.length < streamHeaderBytes || magic.some((byte, at) => bytes[at] !== byte)) throw new Error('xz: no header')
  const check = checkBytes.get(bytes[7] ?? 0xff)
  if (check === undefined) throw new Error('xz: unknown check')
  let at = streamHeaderBytes
  let contentBytes = 0
  while (byteAt(bytes, at) !== indexIndicator) {
    const block = readBlock(bytes, at)
    contentBytes += block.contentBytes
    at = block.end + check
  }
  if (indexEnd(bytes, at) + streamFooterBytes !== bytes.length) {
    throw new Error('xz: cut short, or something follows the stream')
  }
  return contentBytes
}

interface Block {
  readonly contentBytes: number
  /** Where its check begins. */
  readonly end: number
}

function readBlock(bytes: Uint8Array, at: number): Block {
  const headerBytes = (byteAt(bytes, at) + 1) * 4
  const flags = byteAt(bytes, at + 1)
  if ((flags & 0x3f) !== 0) throw new Error('xz: more than one filter')
  let next = at + 2
  if ((flags & 0x40) !== 0) next = behindNumber(bytes, next)
  if ((flags & 0x80) !== 0) next = behindNumber(bytes, next)
  if (byteAt(bytes, next) !== lzma2Filter) throw new Error('xz: a filter other than LZMA2')
  const start = at + headerBytes
  const { contentBytes, end } = readChunks(bytes, start)
  return { contentBytes, end: end + ((4 - ((end - start) & 3)) & 3) }
}

/** LZMA2: a control byte, sizes less one, perhaps a byte of properties, data; 0 ends it. */
function readChunks(bytes: Uint8Array, from: number): Block {
  let contentBytes = 0
  for (let at = from; ; ) {
    const control = byteAt(bytes, at)
    if (control === 0) return { contentBytes, end: at + 1 }
    const low = (byteAt(bytes, at + 1) << 8) | byteAt(bytes, at + 2)
    if (control < 0x80) {
      if (control > 2) throw new Error('xz: unknown chunk')
      contentBytes += low + 1
      at += 3 + low + 1
      continue
    }
    contentBytes += (((control & 0x1f) << 16) | low) + 1
    const packedBytes = ((byteAt(bytes, at + 3) << 8) | byteAt(bytes, at + 4)) + 1
    at += (control >= 0xc0 ? 6 : 5) + packedBytes
  }
}

/** The index: its indicator, how many blocks, two numbers for each, zeros up to a multiple of four, CRC32. */
function indexEnd(bytes: Uint8Array, at: number): number {
  let count = 0
  let next = at + 1
  for (let shift = 0; ; shift += 7) {
    const byte = byteAt(bytes, next++)
    count += (byte & 0x7f) * 2 ** shift
    if (byte < 0x80 || shift > 21) break
  }
  for (let number = 0; number < 2 * count; number++) next = behindNumber(bytes, next)
  return next + ((4 - ((next - at) & 3)) & 3) + 4
}

function behindNumber(bytes: Uint8Array, at: number): number {
  let next = at
  while (byteAt(bytes, next) >= 0x80) next++
  return next + 1
}

function byteAt(bytes: Uint8Array, at: number): number {
  const byte = bytes[at]
  if (byte === undefined) throw new Error('xz: cut short')
  return byte
}
