import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Buzhash } from './buzhash.ts'
import { BUZHASH_TABLE } from './buzhash-table.ts'
import type { Chunker } from './chunker.ts'
import { DynamicChunker } from './dynamic-chunker.ts'
import { FixedChunker } from './fixed-chunker.ts'
import { PayloadChunker } from './payload-chunker.ts'

/** The stream of the spec's vectors: 0, 1, 2, … 262143 as u32 LE. */
const counting = new Uint8Array(Uint32Array.from({ length: 262144 }, (_, i) => i).buffer)

/** Lengths of the chunks when the stream arrives in pieces of these sizes, over and over. */
function cut(chunker: Chunker, data: Uint8Array, pieces: readonly number[] = [data.length]): number[] {
  const lengths: number[] = []
  let start = 0
  let filled = 0
  chunker.startChunk(0n)
  for (let piece = 0; start + filled < data.length; piece++) {
    filled = Math.min(filled + pieces[piece % pieces.length]!, data.length - start)
    for (let length = chunker.scan(data.subarray(start), filled); length > 0; ) {
      lengths.push(length)
      start += length
      filled -= length
      chunker.startChunk(BigInt(start))
      length = chunker.scan(data.subarray(start), filled)
    }
  }
  return filled > 0 ? [...lengths, filled] : lengths
}

/** The rules of spec pbs §6.2, word by word. */
function cutByTheBook(data: Uint8Array, average: number): number[] {
  const mask = average * 2 - 1
  const window = new Uint8Array(64)
  const lengths: number[] = []
  let h = 0
  let size = 0
  for (const byte of data) {
    h = (h << 1) | (h >>> 31)
    if (size >= 64) h ^= BUZHASH_TABLE[window[size % 64]!]!
    h ^= BUZHASH_TABLE[byte]!
    window[size % 64] = byte
    size++
    if (size <= 64 || size < average / 4) continue
    if (size < average * 4 && (h & mask) >>> 0 < mask - 2) continue
    lengths.push(size)
    h = 0
    size = 0
  }
  return size > 0 ? [...lengths, size] : lengths
}

/** Random from a seed, with long runs of equal bytes in between: both kinds of cut occur. */
function noise(seed: number, length: number): Uint8Array {
  const data = new Uint8Array(length)
  let state = seed | 1
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    data[i] = (i >>> 12) % 5 === 4 ? 0 : state >>> 24
  }
  return data
}

test('the table is the one of the spec', () => {
  expect(BUZHASH_TABLE).toHaveLength(256)
  expect(createHash('sha256').update(new Uint8Array(BUZHASH_TABLE.buffer)).digest('hex')).toBe(
    '5b52080d38287da9d2e278466e3e0db7ec98e5e8b226f50612a56fa012b1f660',
  )
})

describe('dynamic', () => {
  const vector = [143377, 262144, 262144, 262144, 118767]

  test('the vector of the spec, however the stream arrives', () => {
    const chunker = new DynamicChunker(65536)
    expect(cut(chunker, counting)).toEqual(vector)
    expect(cut(chunker, counting, [1 << 16])).toEqual(vector)
    expect(cut(chunker, counting, [4097, 1, 63, 64, 65])).toEqual(vector)
    expect(cut(chunker, counting, [7])).toEqual(vector)
  })

  test.each([512, 1024, 16384, 65536])('the same cuts as the rules taken literally, average %s', (average) => {
    const chunker = new DynamicChunker(average)
    fc.assert(
      fc.property(
        fc.integer(),
        fc.integer({ min: 0, max: 200_000 }),
        fc.array(fc.integer({ min: 1, max: 9000 }), { minLength: 1, maxLength: 5 }),
        (seed, length, pieces) => {
          const data = noise(seed, length)
          expect(cut(chunker, data, pieces)).toEqual(cutByTheBook(data, average))
        },
      ),
      { numRuns: 25 },
    )
  })

  test('the default: one to sixteen MiB', () => {
    const chunker = new DynamicChunker()
    expect([chunker.minBytes, chunker.maxBytes]).toEqual([1 << 20, 16 << 20])
    expect(cut(chunker, new Uint8Array((33 << 20) + 5), [1 << 20])).toEqual([16 << 20, 16 << 20, (1 << 20) + 5])
  })

  test('averages that the format does not have', () => {
    for (const average of [0, 1, 256, 65535, 1.5, 8 << 20, Number.NaN])
      expect(() => new DynamicChunker(average)).toThrow(RangeError)
  })
})

test('a break at every position of a block and its edges is found there', () => {
  const mask = 0xffff
  const hash = new Buzhash(mask, mask - 2)
  const data = noise(3, 40_000)
  const breaks: number[] = []
  let h = 0
  for (let i = 0; i < data.length; i++) {
    h = ((h << 1) | (h >>> 31)) ^ BUZHASH_TABLE[data[i]!]! ^ (i >= 64 ? BUZHASH_TABLE[data[i - 64]!]! : 0)
    if (i >= 64 && (h & mask) >= mask - 2) breaks.push(i)
  }
  const target = breaks[0]!
  for (let before = 0; before <= Math.min(target - 64, 9000); before++) {
    const from = target - before
    hash.start(data, from - 64, from)
    expect(hash.find(data, from, data.length)).toBe(target)
    hash.start(data, from - 64, from)
    expect(hash.find(data, from, target)).toBe(-1)
  }
})

describe('payload', () => {
  const withSuggestions = (suggestions: readonly number[]): PayloadChunker => {
    const chunker = new PayloadChunker(65536)
    for (const offset of suggestions) chunker.suggest(BigInt(offset))
    return chunker
  }

  test('the vector of the spec', () => {
    const suggestions = [32768, 32768, 0, 405521]
    const expected = [32768, 110609, 262144, 262144, 262144, 118767]
    expect(cut(withSuggestions(suggestions), counting)).toEqual(expected)
    expect(cut(withSuggestions(suggestions), counting, [65537])).toEqual(expected)
  })

  test('without suggestions it is the dynamic chunker', () => {
    expect(cut(withSuggestions([]), counting)).toEqual([143377, 262144, 262144, 262144, 118767])
  })

  test('too near is dropped, the largest and smallest chunks are allowed', () => {
    expect(cut(withSuggestions([16383, 16384]), counting)[0]).toBe(16384)
    expect(cut(withSuggestions([16383]), counting)[0]).toBe(143377)
    expect(cut(withSuggestions([143376]), counting)[0]).toBe(143376)
  })

  test('a place that the scan has reached is not cut any more', () => {
    const chunker = new PayloadChunker(65536)
    chunker.startChunk(0n)
    expect(chunker.scan(counting, 20_000)).toBe(0)
    chunker.suggest(20_000n)
    chunker.suggest(20_001n)
    expect(chunker.scan(counting, 30_000)).toBe(20_001)
  })

  test('offsets go on where injected chunks end, beyond 2^53 too', () => {
    const chunker = new PayloadChunker(65536)
    const far = 2n ** 60n
    chunker.startChunk(far)
    chunker.suggest(5n)
    chunker.suggest(far + 17_000n)
    expect(chunker.scan(counting, 30_000)).toBe(17_000)
  })

  test('whatever is suggested, no chunk but the last is shorter than the minimum or longer than the maximum', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1 << 20 })), fc.integer({ min: 1, max: 70_000 }), (at, piece) => {
        const lengths = cut(withSuggestions(at.toSorted((a, b) => a - b)), counting, [piece])
        expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(counting.length)
        expect(lengths.slice(0, -1).every((length) => length >= 16384 && length <= 262144)).toBe(true)
      }),
      { numRuns: 30 },
    )
  })
})

test('fixed: 5 MiB are two chunks', () => {
  expect(cut(new FixedChunker(), new Uint8Array(5 << 20), [100_000])).toEqual([4 << 20, 1 << 20])
  for (const size of [0, 1.5, (16 << 20) + 1]) expect(() => new FixedChunker(size)).toThrow(RangeError)
})
