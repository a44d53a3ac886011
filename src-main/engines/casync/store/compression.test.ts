import { gzipSync, zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compress, decompress, detectCompression, type WritableCompression } from './compression.ts'
import { gzipHeaderBytes } from './gzip-header.ts'

const sample = Buffer.from('casync '.repeat(500))

test('the first bytes tell the compression', () => {
  expect(detectCompression(compress(sample, 'zstd'))).toBe('zstd')
  expect(detectCompression(compress(sample, 'gzip'))).toBe('gzip')
  expect(detectCompression(Uint8Array.of(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0))).toBe('xz')
  expect(detectCompression(Uint8Array.of(0xfd, 0x37, 0x7a, 0x58, 0x5a))).toBeUndefined()
  expect(detectCompression(new Uint8Array(0))).toBeUndefined()
})

describe.each<WritableCompression>(['zstd', 'gzip', 'xz'])('%s', (compression) => {
  test('whatever is compressed comes back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 3000 }), (plain) => {
        const packed = compress(plain, compression)
        expect(Buffer.from(decompress(packed, compression, plain.length)).equals(plain)).toBe(true)
        expect(() => decompress(packed, compression, plain.length - 1)).toThrow()
      }),
    )
  })

  test('S-03: a stream cut off anywhere is refused', () => {
    const packed = compress(sample, compression)
    for (let length = 0; length < packed.length; length++) {
      expect(() => decompress(packed.subarray(0, length), compression, sample.length)).toThrow()
    }
  })

  test('S-03: anything behind the stream is refused, another stream too', () => {
    const packed = compress(sample, compression)
    for (const more of [new Uint8Array(1), Uint8Array.of(1, 2, 3), packed]) {
      expect(() => decompress(Buffer.concat([packed, more]), compression, 1 << 20)).toThrow('follows')
    }
  })

  test('S-03: a bomb stops at the limit', () => {
    const bomb = compress(new Uint8Array(50 << 20), compression)
    expect(() => decompress(bomb, compression, 1 << 20)).toThrow()
  })
})

test('frames with content size, checksum and without are read', () => {
  expect(decompress(zstdCompressSync(sample), 'zstd', 1 << 20)).toEqual(sample)
  // What casync writes: no content size, no checksum, one raw block.
  const frame = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58, 0x19, 0x00, 0x00, 0x61, 0x62, 0x63)
  expect(Buffer.from(decompress(frame, 'zstd', 3)).toString()).toBe('abc')
})

test('gzip with a name, a comment, extra fields and a header checksum is read', () => {
  const plain = gzipSync(sample)
  const extras = Buffer.from([2, 0, 9, 9, 0x6e, 0, 0x63, 0, 0x11, 0x22])
  const dressed = Buffer.concat([plain.subarray(0, 10), extras, plain.subarray(10)])
  dressed[3] = 0x1e
  expect(gzipHeaderBytes(dressed)).toBe(20)
  expect(decompress(dressed, 'gzip', 1 << 20)).toEqual(sample)
  for (let length = 0; length < 20; length++) {
    expect(() => gzipHeaderBytes(dressed.subarray(0, length))).toThrow()
  }
})

test('gzip with a wrong checksum, length or unknown flags is refused', () => {
  const packed = compress(sample, 'gzip')
  const changed = (at: number): Uint8Array => {
    const copy = Uint8Array.from(packed)
    copy[at] = (copy[at] ?? 0) ^ 0x80
    return copy
  }
  expect(() => decompress(changed(packed.length - 8), 'gzip', 1 << 20)).toThrow('checksum')
  expect(() => decompress(changed(packed.length - 4), 'gzip', 1 << 20)).toThrow('length')
  expect(() => decompress(changed(3), 'gzip', 1 << 20)).toThrow('flags')
})

describe('xz of another program', () => {
  /** `xz -6 --check=crc64` of the sample, as liblzma makes it for casync. */
  const packed = Buffer.from(
    '/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4A2rAB9dADGYSs6FT1Qz9Kgi+DoQg8SNPqMHwGzZYd6KkMus8AAAAFuH4YpCpAsiAAE7rBsAAAC6gSefscRn+wIAAAAABFla',
    'base64',
  )

  test('P-14: it is read, and how long it becomes is known before', () => {
    expect(Buffer.from(decompress(packed, 'xz', sample.length))).toEqual(sample)
    expect(() => decompress(packed, 'xz', sample.length - 1)).toThrow('longer')
  })

  test('S-03: a changed bit anywhere makes an error or the same content, never anything longer', () => {
    for (let bit = 0; bit < packed.length * 8; bit++) {
      const bad = Uint8Array.from(packed)
      bad[bit >>> 3] = (bad[bit >>> 3] ?? 0) ^ (1 << (bit & 7))
      try {
        expect(decompress(bad, 'xz', 1 << 20).length).toBeLessThanOrEqual(1 << 20)
      } catch (error) {
        expect(error).toBeInstanceOf(Error)
      }
    }
  })
})
