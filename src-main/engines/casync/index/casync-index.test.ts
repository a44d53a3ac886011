import fc from 'fast-check'
import { expect, test } from 'vitest'
import { HoldfastError, ProtocolError } from '../../../../src-shared/errors.ts'
import type { Digest } from '../../../../src-shared/model/digest.ts'
import { chooseFeatures } from '../../../archive/catar/feature-flags.ts'
import type { ChunkRef, PlacedChunk } from '../../../storage/chunk-index.ts'
import { defaultChunkSizes } from '../chunker/chunk-sizes.ts'
import { vector } from '../vectors.fixture.ts'
import { CasyncIndex } from './casync-index.ts'
import { IndexDecoder } from './index-decoder.ts'
import { encodeIndex, IndexEncoder } from './index-encoder.ts'

const files = [
  'index/basic.caidx',
  'index/basic.sha256.caidx',
  'index/blob.caibx',
  'index/blob.cs-1M.caibx',
  'index/sizes/prefix-0.caibx',
  'index/sizes/prefix-1.caibx',
  'negative/ok.caibx',
  'protocol/tiny.caidx',
]

const decode = (bytes: Uint8Array, pieceBytes: number): PlacedChunk[] => {
  const decoder = new IndexDecoder()
  const chunks: PlacedChunk[] = []
  for (let at = 0; at < bytes.length; at += pieceBytes)
    chunks.push(...decoder.push(bytes.subarray(at, at + pieceBytes)))
  decoder.finish()
  return chunks
}

const failure = (action: () => unknown): ProtocolError => {
  try {
    action()
  } catch (error) {
    if (error instanceof HoldfastError && error.code === 'index/corrupt' && error.cause instanceof ProtocolError) {
      return error.cause
    }
    throw error
  }
  throw new Error('not refused')
}

test.each(files)('I-01: %s is read, whole and in pieces, and written again byte for byte', (name) => {
  const bytes = vector(name)
  const index = CasyncIndex.parse(bytes)
  const chunks = [...index]
  for (const size of [1, 7, 40, 63, 64, 65, 1 << 20]) expect(decode(bytes, size)).toEqual(chunks)
  expect(Buffer.from(encodeIndex(index.header, chunks)).equals(bytes)).toBe(true)
  expect(index.count).toBe((bytes.length - 104) / 40)
})

test('I-01: the header says flags and sizes', () => {
  expect(CasyncIndex.parse(vector('index/basic.caidx')).header).toEqual({
    featureFlags: chooseFeatures(),
    sizes: defaultChunkSizes,
  })
  expect(CasyncIndex.parse(vector('index/blob.sha256.caibx')).header.featureFlags).toBe(0x9000000000000000n)
})

test('the chunk of a byte is found', () => {
  const index = CasyncIndex.parse(vector('index/blob.caibx'))
  expect(index.sizeBytes).toBe(5_248_675n)
  for (const chunk of index) {
    expect(index.chunkAt(chunk.offset)).toEqual(chunk)
    expect(index.chunkAt(chunk.offset + BigInt(chunk.sizeBytes) - 1n)).toEqual(chunk)
  }
  expect([index.chunkAt(-1n), index.chunkAt(index.sizeBytes)]).toEqual([undefined, undefined])
  expect(() => index.at(index.count)).toThrow(RangeError)
  expect(CasyncIndex.parse(vector('index/sizes/prefix-0.caibx')).chunkAt(0n)).toBeUndefined()
})

test.each<[string, string, number]>([
  ['bad-trailing-byte', 'tail', 584],
  ['bad-truncated-tail', 'tail', 544],
  ['bad-marker', 'tail marker', 576],
  ['bad-tail-size', 'tail table size', 568],
  ['bad-tail-index-offset', 'tail index offset', 560],
  ['bad-offset-not-increasing', 'item end', 104],
  ['bad-chunk-larger-than-max', 'item end', 64],
  ['bad-avg-below-min', 'average', 32],
  ['bad-max-zero', 'maximum', 40],
  ['bad-flags-unknown', 'feature flags', 16],
  ['bad-flags-not-normalized', 'feature flags', 16],
  ['bad-table-size', 'table size', 48],
  ['bad-index-size', 'header size', 0],
])('I-02: %s is refused', (name, field, offset) => {
  const bytes = vector(`negative/${name}.caibx`)
  for (const read of [() => CasyncIndex.parse(bytes), () => decode(bytes, 1), () => decode(bytes, bytes.length)]) {
    const { field: found, offset: at } = failure(read)
    expect([found, at]).toEqual([field, offset])
  }
})

test('I-02: an index cut off anywhere is refused', () => {
  const bytes = vector('negative/ok.caibx')
  for (let length = 0; length < bytes.length; length++) {
    const part = bytes.subarray(0, length)
    expect(failure(() => CasyncIndex.parse(part)).offset).toBeLessThanOrEqual(length)
    expect(failure(() => decode(part, 13)).offset).toBeLessThanOrEqual(length)
  }
})

test('no changed byte makes the two readers disagree, or do anything but read or refuse', () => {
  const bytes = vector('negative/ok.caibx')
  const outcome = (read: () => unknown): unknown => {
    try {
      return read()
    } catch (error) {
      if (!(error instanceof HoldfastError)) throw error
      return error.message
    }
  }
  for (let at = 0; at < bytes.length; at++) {
    for (const value of [0, 1, 0x7f, 0xff]) {
      const changed = Uint8Array.from(bytes)
      changed[at] = value
      expect(outcome(() => decode(changed, 97))).toEqual(outcome(() => [...CasyncIndex.parse(changed)]))
    }
  }
})

const anyDigest = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((bytes) => Buffer.from(bytes).toString('hex') as Digest)
const anyChunks: fc.Arbitrary<ChunkRef[]> = fc.array(
  fc.record({ digest: anyDigest, sizeBytes: fc.integer({ min: 1, max: defaultChunkSizes.maxBytes }) }),
)

test('whatever chunks are written, in steps or at once, are read back', () => {
  fc.assert(
    fc.property(anyChunks, fc.integer({ min: 1, max: 200 }), (chunks, pieceBytes) => {
      const header = { featureFlags: chooseFeatures(), sizes: defaultChunkSizes }
      const encoder = new IndexEncoder(header)
      const parts = [encoder.header(), ...chunks.map((chunk) => encoder.items([chunk])), encoder.tail()]
      const bytes = encodeIndex(header, chunks)
      expect(Buffer.concat(parts).equals(bytes)).toBe(true)
      const read = decode(bytes, pieceBytes)
      expect(read.map(({ digest, sizeBytes }) => ({ digest, sizeBytes }))).toEqual(chunks)
      expect([...CasyncIndex.parse(bytes)]).toEqual(read)
    }),
  )
})

test('what a reader would refuse is not written', () => {
  const header = { featureFlags: chooseFeatures(), sizes: defaultChunkSizes }
  const digest = 'ab'.repeat(32) as Digest
  expect(() => new IndexEncoder(header).items([{ digest, sizeBytes: 0 }])).toThrow(RangeError)
  expect(() => new IndexEncoder(header).items([{ digest, sizeBytes: 262_145 }])).toThrow(RangeError)
  expect(() => new IndexEncoder({ ...header, featureFlags: 0x28n })).toThrow(RangeError)
})
