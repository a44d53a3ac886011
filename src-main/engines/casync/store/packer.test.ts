import { expect, test } from 'vitest'
import { decompress, detectCompression, type WritableCompression } from './compression.ts'
import { Packer } from './packer.ts'

test.each<WritableCompression>(['zstd', 'gzip', 'xz'])(
  'chunks of any length, one after the other, as %s',
  (compression) => {
    const packer = new Packer(compression)
    for (const length of [1, 300_000, 65_536, 1_000_000, 17]) {
      for (const plain of [
        new Uint8Array(length).fill(7),
        crypto.getRandomValues(new Uint8Array(Math.min(length, 65_536))),
      ]) {
        const packed = packer.pack(plain)
        expect(detectCompression(packed)).toBe(compression)
        expect(Buffer.compare(decompress(packed, compression, plain.length), plain)).toBe(0)
      }
    }
  },
)
