import { randomBytes } from 'node:crypto'
import { zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeBlob, encodeBlob, inspectBlob, MAX_CHUNK_BYTES, writeCrc } from './blob.ts'
import { CryptConfig } from './crypt-config.ts'

const crypt = new CryptConfig(Uint8Array.from({ length: 32 }, (_, i) => i))
const otherKey = new CryptConfig(new Uint8Array(32))
const text = (value: string): Uint8Array => new TextEncoder().encode(value)
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const compressible = text('the same words again and again, '.repeat(200))

test('the examples of the spec come out byte for byte', () => {
  expect(hex(encodeBlob(text('hello world'), { compress: false }))).toBe(
    '42ab3807be8370a185114a0d68656c6c6f20776f726c64',
  )
  expect(hex(encodeBlob(new Uint8Array(0), { compress: true }))).toBe('42ab3807be8370a100000000')
})

describe('round trips', () => {
  test.each([
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ])('compress %s, encrypt %s', (compress, encrypt) => {
    const options = { compress, crypt: encrypt ? crypt : undefined }
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.constant(compressible)), (data) => {
        const blob = encodeBlob(data, options)
        expect(blob.byteLength).toBe(blob.buffer.byteLength)
        expect(inspectBlob(blob).isEncrypted).toBe(encrypt)
        expect(hex(decodeBlob(blob, { crypt, maxPlainBytes: data.length }))).toBe(hex(data))
      }),
    )
  })

  test('a whole chunk of the largest size, random and compressible', () => {
    for (const data of [randomBytes(MAX_CHUNK_BYTES), new Uint8Array(MAX_CHUNK_BYTES).fill(7)]) {
      const blob = encodeBlob(data, { compress: true, crypt })
      expect(Buffer.compare(decodeBlob(blob, { crypt, maxPlainBytes: data.length }), data)).toBe(0)
    }
  })

  test('a blob inside a larger buffer decodes as well', () => {
    const blob = encodeBlob(compressible, { compress: true, crypt })
    const surrounded = Buffer.concat([randomBytes(5), blob, randomBytes(5)]).subarray(5, 5 + blob.length)
    expect(hex(decodeBlob(surrounded, { crypt, maxPlainBytes: 1 << 20 }))).toBe(hex(compressible))
  })
})

test('compression is kept only when it does not make the data larger', () => {
  expect(inspectBlob(encodeBlob(randomBytes(5000), { compress: true })).isCompressed).toBe(false)
  const blob = encodeBlob(compressible, { compress: true })
  expect(inspectBlob(blob)).toEqual({ isCompressed: true, isEncrypted: false })
  expect(blob.length).toBeLessThan(compressible.length)
})

test('several zstd frames are read as one', () => {
  const frames = Buffer.concat([zstdCompressSync(text('one ')), zstdCompressSync(text('two'))])
  const blob = Buffer.concat([Buffer.from('31b958426fb6a37f00000000', 'hex'), frames])
  writeCrc(blob)
  expect(decodeBlob(blob, { maxPlainBytes: 7 })).toEqual(Buffer.from('one two'))
  expect(() => decodeBlob(blob, { maxPlainBytes: 6 })).toThrow(expect.objectContaining({ code: 'blob/corrupt' }))
})

test('bytes behind the last zstd frame are not overlooked', () => {
  const blob = Buffer.concat([encodeBlob(compressible, { compress: true }), text('more')])
  writeCrc(blob)
  expect(() => decodeBlob(blob, { maxPlainBytes: 1 << 20 })).toThrow(expect.objectContaining({ code: 'blob/corrupt' }))
})

describe('refusals', () => {
  const blobs = [false, true].flatMap((compress) =>
    [undefined, crypt].map((key) => encodeBlob(compressible, { compress, crypt: key })),
  )

  test('cut at every byte', () => {
    for (const blob of blobs)
      for (let length = 0; length < blob.length; length += length < 100 ? 1 : 97)
        expect(() => decodeBlob(blob.subarray(0, length), { crypt, maxPlainBytes: 1 << 20 })).toThrow(
          expect.objectContaining({ code: 'blob/corrupt' }),
        )
  })

  test('a bit flipped anywhere', () => {
    for (const blob of blobs)
      for (let bit = 0; bit < blob.length * 8; bit += bit < 800 ? 1 : 331) {
        const flipped = blob.slice()
        flipped[bit >> 3]! ^= 1 << (bit & 7)
        // IV and tag are outside the CRC (spec pbs §4.1); the cipher finds those.
        const code = inspectBlob(blob).isEncrypted && bit >= 12 * 8 && bit < 44 * 8 ? 'key/wrong' : 'blob/corrupt'
        expect(() => decodeBlob(flipped, { crypt, maxPlainBytes: 1 << 20 })).toThrow(expect.objectContaining({ code }))
      }
  })

  test('a bomb is stopped at the limit', () => {
    const bomb = encodeBlob(new Uint8Array(MAX_CHUNK_BYTES), { compress: true })
    expect(bomb.length).toBeLessThan(4096)
    for (const maxPlainBytes of [0, 1, 4096, MAX_CHUNK_BYTES - 1])
      expect(() => decodeBlob(bomb, { maxPlainBytes })).toThrow(expect.objectContaining({ code: 'blob/corrupt' }))
  })

  test('uncompressed data above the limit', () => {
    const blob = encodeBlob(randomBytes(100), { compress: false })
    expect(() => decodeBlob(blob, { maxPlainBytes: 99 })).toThrow(expect.objectContaining({ code: 'blob/corrupt' }))
  })

  test('without the key, and with another', () => {
    const blob = encodeBlob(compressible, { compress: true, crypt })
    const refused = (code: string) => expect.objectContaining({ code })
    expect(() => decodeBlob(blob, { maxPlainBytes: 1 << 20 })).toThrow(refused('key/missing'))
    expect(() => decodeBlob(blob, { maxPlainBytes: 1 << 20, crypt: otherKey })).toThrow(refused('key/wrong'))
  })
})

test('a wrong CRC is repaired in place, over the range its kind has', () => {
  for (const key of [undefined, crypt]) {
    const blob = encodeBlob(compressible, { compress: false, crypt: key })
    const broken = blob.slice()
    broken.fill(0, 8, 12)
    expect(() => inspectBlob(broken)).toThrow(expect.objectContaining({ code: 'blob/corrupt' }))
    writeCrc(broken)
    expect(hex(broken)).toBe(hex(blob))
  }
})
