import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { plainDigest } from './crypt-config.ts'
import { DynamicIndex, DynamicIndexBuilder } from './dynamic-index.ts'

const text = (value: string): Uint8Array => new TextEncoder().encode(value)
const numbered = (n: number) => plainDigest(text(`chunk ${n}`))
const damage = expect.objectContaining({ code: 'index/corrupt' })

function build(sizes: readonly number[]): Uint8Array<ArrayBuffer> {
  const builder = new DynamicIndexBuilder()
  for (const [i, size] of sizes.entries()) builder.add(numbered(i), size)
  return builder.bytes({ createdAt: 1_700_000_000n, uuid: new Uint8Array(16).fill(5) })
}

test('the worked example of the spec: entries and checksum', () => {
  const builder = new DynamicIndexBuilder()
  builder.add(plainDigest(text('hello world')), 11)
  builder.add(plainDigest(text('abc')), 3)
  expect(builder.csum()).toBe('afed138758d5555dcc32f55a3fa0a0c6210da615053a27033ad9bb3b618f4ae3')
  const file = Buffer.from(builder.bytes({ createdAt: -2n, uuid: new Uint8Array(16).fill(0xab) }))
  expect(file.subarray(0, 64).toString('hex')).toBe(
    `1c914ea519bab3cd${'ab'.repeat(16)}feffffffffffffff${builder.csum()}`,
  )
  expect(file.subarray(64, 4096).every((byte) => byte === 0)).toBe(true)
  expect(file.subarray(4096).toString('hex')).toBe(
    `0b00000000000000${plainDigest(text('hello world'))}0e00000000000000${plainDigest(text('abc'))}`,
  )
})

test('an index reads as it was built', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 128 << 20 }), { maxLength: 200 }), (sizes) => {
      const index = DynamicIndex.parse(build(sizes))
      expect([...index].map(({ sizeBytes, digest }) => ({ sizeBytes, digest }))).toEqual(
        sizes.map((sizeBytes, i) => ({ sizeBytes, digest: numbered(i) })),
      )
      expect(index.sizeBytes).toBe(sizes.reduce((sum, size) => sum + BigInt(size), 0n))
      expect(index.csum()).toBe(index.header.storedCsum)
      expect(index.header.createdAt).toBe(1_700_000_000n)
    }),
    { numRuns: 50 },
  )
})

test('every offset finds the chunk that holds it', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 40 }), (sizes) => {
      const index = DynamicIndex.parse(build(sizes))
      const holders = [...index].flatMap((chunk) => Array.from({ length: chunk.sizeBytes }, () => chunk.position))
      expect(holders.map((_, offset) => index.chunkAt(BigInt(offset))?.position)).toEqual(holders)
      expect(index.chunkAt(index.sizeBytes)).toBeUndefined()
      expect(index.chunkAt(-1n)).toBeUndefined()
    }),
    { numRuns: 50 },
  )
})

test('an empty index has no chunks', () => {
  const index = DynamicIndex.parse(build([]))
  expect([index.count, index.sizeBytes, index.chunkAt(0n), [...index]]).toEqual([0, 0n, undefined, []])
  for (const position of [-1, 0, 0.5]) expect(() => index.at(position)).toThrow(RangeError)
})

test('offsets beyond 32 bits stay exact', () => {
  const index = DynamicIndex.parse(build(Array.from({ length: 100 }, () => (128 << 20) - 1)))
  expect(index.at(99)).toMatchObject({ offset: 99n * ((128n << 20n) - 1n), sizeBytes: (128 << 20) - 1 })
  expect(index.chunkAt(index.sizeBytes - 1n)?.position).toBe(99)
})

describe('refusals', () => {
  const file = build([10, 20, 30])

  test('cut at every byte', () => {
    for (let length = 0; length < file.length; length++) {
      const isWhole = length >= 4096 && (length - 4096) % 40 === 0
      if (isWhole) expect(DynamicIndex.parse(file.subarray(0, length)).csum()).not.toBe(readStoredCsum(file))
      else expect(() => DynamicIndex.parse(file.subarray(0, length))).toThrow(damage)
    }
  })

  test('every flipped bit of the entries is refused or changes the checksum', () => {
    for (let bit = 4096 * 8; bit < file.length * 8; bit++) {
      const flipped = file.slice()
      flipped[bit >> 3]! ^= 1 << (bit & 7)
      let csum: string | undefined
      try {
        csum = DynamicIndex.parse(flipped).csum()
      } catch (error) {
        expect(error).toEqual(damage)
      }
      expect(csum).not.toBe(readStoredCsum(file))
    }
  })

  test.each([
    ['ends that stand still', [5n, 5n]],
    ['ends that go back', [5n, 4n]],
    ['an empty first chunk', [0n, 4n]],
    ['a chunk larger than any blob', [1n, 2n + (128n << 20n)]],
    ['an end at the end of the numbers', [1n, 2n ** 64n - 1n]],
  ])('%s', (_name, ends) => {
    const broken = build([1, 1])
    for (const [i, end] of ends.entries()) new DataView(broken.buffer).setBigUint64(4096 + 40 * i, end, true)
    expect(() => DynamicIndex.parse(broken)).toThrow(damage)
  })

  test('another magic', () => {
    expect(() => DynamicIndex.parse(new Uint8Array(4096))).toThrow(damage)
  })

  test('chunks of no size', () => {
    for (const size of [0, -1, 1.5, Number.NaN, (128 << 20) + 1])
      expect(() => new DynamicIndexBuilder().add(numbered(1), size)).toThrow(RangeError)
  })
})

function readStoredCsum(file: Uint8Array): string {
  return Buffer.from(file.subarray(32, 64)).toString('hex')
}
