import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { openZstdLibrary } from './zstd-library.ts'

const library = openZstdLibrary()
const parameters = { [constants.ZSTD_c_compressionLevel]: 1, [constants.ZSTD_c_hashLog]: 16 }

test('it is there on Linux', () => {
  expect(library !== undefined).toBe(process.platform === 'linux')
})

describe.runIf(library !== undefined)('the library', () => {
  const open = () => {
    if (library === undefined) throw new Error('checked above')
    return { compress: library.createCompressor(parameters), decompress: library.createDecompressor() }
  }

  test('reads what Node compressed, and Node reads what it compressed, one after the other with the same tables', () => {
    const { compress, decompress } = open()
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000 }), fc.nat(9), (plain, offset) => {
        const packed = new Uint8Array(4000).subarray(offset)
        const bytes = packed.subarray(0, compress(plain, packed))
        expect(new Uint8Array(zstdDecompressSync(bytes))).toEqual(plain)
        const back = new Uint8Array(plain.length + offset).subarray(offset)
        expect(decompress(zstdCompressSync(plain), back)).toBe(plain.length)
        expect(back).toEqual(plain)
      }),
    )
  })

  test('refuses what is cut short, followed by something, longer than there is room, or no zstd, and goes on', () => {
    const { decompress } = open()
    const plain = Buffer.from('zstd '.repeat(1000))
    const packed = zstdCompressSync(plain)
    const room = new Uint8Array(plain.length)
    for (let length = 0; length < packed.length; length++) {
      expect(() => decompress(packed.subarray(0, length), room)).toThrow('zstd')
    }
    expect(() => decompress(Buffer.concat([packed, packed]), room)).toThrow('follows')
    expect(() => decompress(packed, room.subarray(1))).toThrow('longer')
    expect(() => decompress(plain, room)).toThrow('damaged')
    expect(decompress(packed, room)).toBe(plain.length)
    expect(plain.equals(room)).toBe(true)
  })

  test('says when the result has no room, and when there is no such parameter', () => {
    const { compress } = open()
    expect(() => compress(new Uint8Array(100), new Uint8Array(3))).toThrow('zstd')
    expect(() => library?.createCompressor({ 9999: 1 })).toThrow('9999')
  })
})
