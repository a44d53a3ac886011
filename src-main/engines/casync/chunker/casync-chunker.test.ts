import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BUZHASH_TABLE } from '../../../storage/buzhash-table.ts'
import { CasyncIndex } from '../index/casync-index.ts'
import { blobVector, cutStream, vector } from '../vectors.fixture.ts'
import { createCasyncChunker } from './casync-chunker.ts'
import { type ChunkSizes, chunkSizesAround, defaultChunkSizes, discriminator, parseChunkSizes } from './chunk-sizes.ts'

const chunksOf = (name: string) =>
  [...CasyncIndex.parse(vector(name))].map(({ digest, sizeBytes }) => ({ digest, sizeBytes }))

/** The rules of spec casync §9, word by word. */
function cutByTheBook(data: Uint8Array, sizes: ChunkSizes): number[] {
  const d = discriminator(sizes)
  const lengths: number[] = []
  let start = 0
  for (let n = 1; start + n <= data.length; n++) {
    let h = 0
    if (n >= 48 && n >= sizes.minBytes && n < sizes.maxBytes) {
      for (let i = 0; i < 48; i++) {
        const word = BUZHASH_TABLE[data[start + n - 48 + i]!]!
        const by = (47 - i) % 32
        h ^= by === 0 ? word : (word << by) | (word >>> (32 - by))
      }
      if ((h >>> 0) % d !== d - 1) continue
    } else if (n < sizes.maxBytes) continue
    lengths.push(n)
    start += n
    n = 0
  }
  return start < data.length ? [...lengths, data.length - start] : lengths
}

describe('chunk sizes', () => {
  test.each([
    [1024, 768],
    [4096, 3075],
    [8192, 6153],
    [16_384, 12_318],
    [32_768, 24_680],
    [65_536, 49_535],
    [131_072, 99_777],
    [262_144, 202_440],
    [524_288, 416_942],
    [1_048_576, 886_711],
    [2_097_152, 2_030_716],
    [4_194_304, 5_721_670],
    [8_388_608, 33_554_432],
    [9_437_184, 37_748_736],
  ])('chunks of %d bytes have discriminator %d', (average, expected) => {
    expect(discriminator(chunkSizesAround(average))).toBe(expected)
  })

  test.each<[string, number[]]>([
    ['auto', [16_384, 65_536, 262_144]],
    ['64K', [16_384, 65_536, 262_144]],
    ['1', [1, 1, 4]],
    ['64M', [16 << 20, 64 << 20, 128 << 20]],
    ['16384:65536:65536', [16_384, 65_536, 65_536]],
    ['32K:128K:300K', [32 << 10, 128 << 10, 300 << 10]],
    ['10:10:10', [10, 10, 10]],
  ])('%s is understood', (text, expected) => {
    if (text === '1') expect(() => parseChunkSizes(text)).toThrow('48 bytes')
    else expect(Object.values(parseChunkSizes(text))).toEqual(expected)
  })

  test.each([
    '',
    'x',
    '1:2',
    '1:2:3:4',
    '10:20:30',
    '0:1:100',
    '3:2:100',
    '1:2:129M',
    '1.5K',
    '-1',
    '9999999999999999',
  ])('%j is refused', (text) => {
    expect(() => parseChunkSizes(text)).toThrow(expect.objectContaining({ code: 'input/invalid' }))
  })
})

test('C-01, I-03: the blob is cut as casync cuts it, with both digests', () => {
  const chunker = createCasyncChunker(defaultChunkSizes)
  expect(cutStream(chunker, blobVector())).toEqual(chunksOf('index/blob.caibx'))
  expect(cutStream(chunker, blobVector(), undefined, 'sha256')).toEqual(chunksOf('index/blob.sha256.caibx'))
})

test.each([
  ['4096', 'blob.cs-4096'],
  ['16384:65536:65536', 'blob.cs-16384-65536-65536'],
  ['65536:65536:65536', 'blob.cs-65536-65536-65536'],
  ['1M', 'blob.cs-1M'],
  ['32K:128K:300K', 'blob.cs-32K-128K-300K'],
])('C-02: --chunk-size=%s cuts as casync does', (option, name) => {
  expect(cutStream(createCasyncChunker(parseChunkSizes(option)), blobVector())).toEqual(chunksOf(`index/${name}.caibx`))
})

test('C-02: a minimum of the window itself cuts as casync does', () => {
  const part = blobVector().subarray(1_277_952, 1_277_952 + 65_536)
  const chunker = createCasyncChunker(parseChunkSizes('48:192:1024'))
  expect(cutStream(chunker, part)).toEqual(chunksOf('index/blob64k.cs-48-192-1024.caibx'))
})

test.each([0, 1, 47, 48, 49, 16_383, 16_384, 16_385, 65_536, 262_143, 262_144, 262_145])(
  'C-01: the first %d bytes of the blob',
  (length) => {
    const part = blobVector().subarray(0, length)
    expect(cutStream(createCasyncChunker(defaultChunkSizes), part)).toEqual(
      chunksOf(`index/sizes/prefix-${length}.caibx`),
    )
  },
)

test.each([47, 16_384, 262_144, 300_000])('C-02: %d zeros', (length) => {
  expect(cutStream(createCasyncChunker(defaultChunkSizes), new Uint8Array(length))).toEqual(
    chunksOf(`index/sizes/zeros-${length}.caibx`),
  )
})

test('C-03: cuts do not depend on how the bytes arrive', () => {
  const part = blobVector().subarray(1_200_000, 1_400_000)
  const sizes = parseChunkSizes('2K')
  const expected = cutStream(createCasyncChunker(sizes), part)
  for (const step of [1, 7, 4096, 65_536]) {
    expect(cutStream(createCasyncChunker(sizes), part, step)).toEqual(expected)
  }
})

test('any sizes cut by the book', () => {
  const sizes = fc
    .tuple(fc.integer({ min: 1, max: 300 }), fc.nat(600), fc.integer({ min: 48, max: 1500 }))
    .map(([minBytes, more, most]) => ({
      minBytes,
      averageBytes: minBytes + more,
      maxBytes: minBytes + more + most,
    }))
  fc.assert(
    fc.property(
      sizes,
      fc.uint8Array({ maxLength: 4000, size: 'max' }),
      fc.integer({ min: 1, max: 900 }),
      (s, data, step) => {
        const lengths = cutStream(createCasyncChunker(s), data, step).map(({ sizeBytes }) => sizeBytes)
        expect(lengths).toEqual(cutByTheBook(data, s))
      },
    ),
    { numRuns: 150 },
  )
})
