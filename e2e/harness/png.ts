import { crc32, deflateSync, inflateSync } from 'node:zlib'

export const pngSignature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])

/** One chunk: length, type, data, checksum (PNG specification §5.3). */
export function pngChunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const chunk = Buffer.alloc(body.length + 8)
  chunk.writeUInt32BE(data.length, 0)
  chunk.set(body, 4)
  chunk.writeUInt32BE(crc32(body), body.length + 4)
  return chunk
}

/**
 * The same picture, compressed as well as deflate can. Screens are flat: their rows are smallest unfiltered, while
 * browsers filter them. For eight-bit RGB without interlacing, which is what Playwright takes.
 */
export function smallerPng(png: Buffer): Buffer {
  const header = png.subarray(16, 29)
  const width = header.readUInt32BE(0)
  if (header.readUInt32BE(8) !== 0x08020000) throw new Error('not a picture as Playwright takes them')
  const parts: Buffer[] = []
  for (let at = pngSignature.length; at < png.length; at += png.readUInt32BE(at) + 12)
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT')
      parts.push(png.subarray(at + 8, at + 8 + png.readUInt32BE(at)))
  const rows = inflateSync(Buffer.concat(parts))
  unfilter(rows, width * 3 + 1)
  return Buffer.concat([
    pngSignature,
    pngChunk('IHDR', header),
    pngChunk('IDAT', deflateSync(rows, { level: 9 })),
    pngChunk('IEND', Buffer.alloc(0)),
  ])
}

/** In place (PNG specification §9): each row begins with its filter, which becomes none. */
function unfilter(rows: Buffer, stride: number): void {
  const byteAt = (index: number) => rows[index] ?? 0
  for (let row = 0; row < rows.length; row += stride) {
    const filter = byteAt(row)
    for (let x = 1; x < stride; x++) {
      const left = x > 3 ? byteAt(row + x - 3) : 0
      const up = row > 0 ? byteAt(row + x - stride) : 0
      const corner = x > 3 && row > 0 ? byteAt(row + x - stride - 3) : 0
      rows[row + x] = byteAt(row + x) + predicted(filter, left, up, corner)
    }
    rows[row] = 0
  }
}

function predicted(filter: number, left: number, up: number, corner: number): number {
  if (filter === 0) return 0
  if (filter === 1) return left
  if (filter === 2) return up
  if (filter === 3) return (left + up) >> 1
  const guess = left + up - corner
  const [toLeft, toUp, toCorner] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)]
  return toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner
}
