import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { plainDigest } from './crypt-config.ts'
import { FIXED_CHUNK_BYTES, FixedIndex, FixedIndexBuilder } from './fixed-index.ts'

const numbered = (n: number) => plainDigest(new TextEncoder().encode(`chunk ${n}`))
const zeros = (length: number) => plainDigest(new Uint8Array(length))
const damage = expect.objectContaining({ code: 'index/corrupt' })
const MiB = 1 << 20

/** An image of `sizeBytes` in chunks of `chunkBytes`, position i with the digest numbered(i). */
function build(sizeBytes: number, chunkBytes: number): FixedIndexBuilder {
  const builder = new FixedIndexBuilder({ sizeBytes: BigInt(sizeBytes), chunkBytes })
  for (let at = 0; at < sizeBytes; at += chunkBytes)
    builder.set(BigInt(at), numbered(at / chunkBytes), Math.min(chunkBytes, sizeBytes - at))
  return builder
}

test('the worked example of the spec: 5 MiB of zeros', () => {
  const builder = new FixedIndexBuilder({ sizeBytes: BigInt(5 * MiB) })
  builder.set(BigInt(4 * MiB), zeros(MiB), MiB)
  builder.set(0n, zeros(4 * MiB), 4 * MiB)
  expect(builder.csum()).toBe('f8bd3b7fc59d52351f1518fcecab6a686585ff0a707e9da79d717a1ed108ea2a')
  const file = Buffer.from(builder.bytes({ createdAt: 1n, uuid: new Uint8Array(16).fill(0xab) }))
  expect(file.subarray(0, 80).toString('hex')).toBe(
    `2f7f41ed91fd0fcd${'ab'.repeat(16)}0100000000000000${builder.csum()}00005000000000000000400000000000`,
  )
  expect(file.subarray(80, 4096).every((byte) => byte === 0)).toBe(true)
  expect(file.subarray(4096).toString('hex')).toBe(zeros(4 * MiB) + zeros(MiB))
})

test('an index reads as it was built, and every offset finds its chunk', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 300 }), fc.constantFrom(1, 2, 8, 64), (sizeBytes, chunkBytes) => {
      const index = FixedIndex.parse(build(sizeBytes, chunkBytes).bytes({ createdAt: 0n }))
      const chunks = [...index]
      expect(chunks.map(({ digest }) => digest)).toEqual(chunks.map((_, i) => numbered(i)))
      expect(chunks.reduce((sum, chunk) => sum + chunk.sizeBytes, 0)).toBe(sizeBytes)
      const holders = chunks.flatMap((chunk) => Array.from({ length: chunk.sizeBytes }, () => chunk.position))
      expect(holders.map((_, offset) => index.chunkAt(BigInt(offset))?.position)).toEqual(holders)
      expect(index.chunkAt(BigInt(sizeBytes))).toBeUndefined()
      expect(index.csum()).toBe(index.header.storedCsum)
    }),
  )
})

test('an image of unknown length grows until its short last chunk', () => {
  const builder = new FixedIndexBuilder({ chunkBytes: 4 })
  for (let i = 0; i < 100; i++) builder.set(BigInt(i * 4), numbered(i), 4)
  expect(() => builder.set(408n, numbered(0), 4)).toThrow('the image at 400')
  builder.set(400n, numbered(100), 3)
  expect(() => builder.set(404n, numbered(101), 4)).toThrow('the image ended at 403')
  const index = FixedIndex.parse(builder.bytes({ createdAt: 0n }))
  expect([index.count, index.sizeBytes]).toEqual([101, 403n])
  expect(index.csum()).toBe(build(403, 4).csum())
})

test('an incremental index inherits what it does not set', () => {
  const base = FixedIndex.parse(build(20, 8).bytes({ createdAt: 0n }))
  const builder = new FixedIndexBuilder({ sizeBytes: 20n, chunkBytes: 8, base })
  builder.set(8n, numbered(77), 8)
  const index = FixedIndex.parse(builder.bytes({ createdAt: 0n }))
  expect([...index].map(({ digest }) => digest)).toEqual([numbered(0), numbered(77), numbered(2)])
  expect(base.digestAt(1)).toBe(numbered(1))
  expect(() => new FixedIndexBuilder({ sizeBytes: 25n, chunkBytes: 8, base })).toThrow('the base has 3 chunks')
})

test('an index with a hole is not written', () => {
  const builder = new FixedIndexBuilder({ sizeBytes: 24n, chunkBytes: 8 })
  builder.set(0n, numbered(0), 8)
  builder.set(0n, numbered(1), 8)
  expect(builder.missing).toBe(2)
  expect(() => builder.bytes({ createdAt: 0n })).toThrow('2 chunks of the image are missing')
})

describe('refusals', () => {
  test('chunks that do not lie in the image', () => {
    const builder = new FixedIndexBuilder({ sizeBytes: 20n, chunkBytes: 8 })
    for (const [offset, size] of [
      [4n, 8],
      [-8n, 8],
      [0n, 7],
      [0n, 9],
      [0n, 0],
      [16n, 3],
      [16n, 8],
      [24n, 8],
    ] as const)
      expect(() => builder.set(offset, numbered(0), size), `${offset} + ${size}`).toThrow(RangeError)
    expect(builder.missing).toBe(3)
  })

  test('images too large to set memory aside for, and odd chunk sizes', () => {
    expect(() => new FixedIndexBuilder({ sizeBytes: 2n ** 63n })).toThrow('too large')
    for (const chunkBytes of [0, 3, 1 << 28])
      expect(() => new FixedIndexBuilder({ sizeBytes: 1n, chunkBytes })).toThrow('a chunk size cannot be')
  })

  test('cut at every byte', () => {
    const file = build(5 * MiB, FIXED_CHUNK_BYTES).bytes({ createdAt: 0n })
    for (let length = 0; length < file.length; length++)
      expect(() => FixedIndex.parse(file.subarray(0, length))).toThrow(damage)
  })

  test('a flipped bit of size, chunk size or digests is refused or seen', () => {
    const file = build(5 * MiB, FIXED_CHUNK_BYTES).bytes({ createdAt: 0n })
    const whole = FixedIndex.parse(file)
    for (const bit of [...range(64 * 8, 80 * 8), ...range(4096 * 8, file.length * 8)]) {
      const flipped = file.slice()
      flipped[bit >> 3]! ^= 1 << (bit & 7)
      let seen: readonly unknown[] | undefined
      try {
        const index = FixedIndex.parse(flipped)
        seen = [index.csum(), index.sizeBytes, index.chunkBytes]
      } catch (error) {
        expect(error).toEqual(damage)
      }
      expect(seen).not.toEqual([whole.csum(), whole.sizeBytes, whole.chunkBytes])
    }
  })

  test('hostile sizes', () => {
    for (const [size, chunkSize] of [
      [2n ** 64n - 1n, 4n << 20n],
      [5n << 20n, 0n],
      [5n << 20n, 2n ** 63n],
      [5n << 20n, 3n],
    ] as const) {
      const file = build(5 * MiB, FIXED_CHUNK_BYTES).bytes({ createdAt: 0n })
      new DataView(file.buffer).setBigUint64(64, size, true)
      new DataView(file.buffer).setBigUint64(72, chunkSize, true)
      expect(() => FixedIndex.parse(file)).toThrow(damage)
    }
  })
})

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i)
}
