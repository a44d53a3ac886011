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

/** The same picture, compressed as well as deflate can: a browser takes the fast way. */
export function smallerPng(png: Buffer): Buffer {
  const parts: Buffer[] = [pngSignature]
  const pixels: Buffer[] = []
  for (let at = pngSignature.length; at < png.length; ) {
    const length = png.readUInt32BE(at)
    const type = png.toString('latin1', at + 4, at + 8)
    const data = png.subarray(at + 8, at + 8 + length)
    if (type === 'IDAT') pixels.push(data)
    else if (type === 'IEND')
      parts.push(pngChunk('IDAT', deflateSync(inflateSync(Buffer.concat(pixels)), { level: 9 })), pngChunk(type, data))
    else parts.push(pngChunk(type, data))
    at += length + 12
  }
  return Buffer.concat(parts)
}
