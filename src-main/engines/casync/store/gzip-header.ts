const fixedBytes = 10
const deflate = 8

/** Bits of FLG (RFC 1952 §2.3.1). */
const headerChecksum = 0x02
const extra = 0x04
const fileName = 0x08
const comment = 0x10
const reserved = 0xe0

/** Where the deflated data of a gzip member begins (RFC 1952). Throws a plain Error for a header that is none. */
export function gzipHeaderBytes(bytes: Uint8Array): number {
  if (bytes.length < fixedBytes || bytes[0] !== 0x1f || bytes[1] !== 0x8b || bytes[2] !== deflate) {
    throw new Error('gzip: no header')
  }
  const flags = bytes[3] ?? 0
  if ((flags & reserved) !== 0) throw new Error('gzip: unknown flags')
  let at = fixedBytes
  if ((flags & extra) !== 0) at += 2 + (bytes[at] ?? 0) + ((bytes[at + 1] ?? 0) << 8)
  if ((flags & fileName) !== 0) at = behindZero(bytes, at)
  if ((flags & comment) !== 0) at = behindZero(bytes, at)
  if ((flags & headerChecksum) !== 0) at += 2
  if (at > bytes.length) throw new Error('gzip: cut short')
  return at
}

function behindZero(bytes: Uint8Array, from: number): number {
  const zero = bytes.indexOf(0, from)
  if (zero < 0) throw new Error('gzip: cut short')
  return zero + 1
}
