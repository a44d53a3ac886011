import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ChunkRef } from './chunk-index.ts'
import { ChunkStream, type ChunkStreamOptions } from './chunk-stream.ts'
import { plainDigest } from './crypt-config.ts'
import { DynamicChunker } from './dynamic-chunker.ts'
import { FixedChunker } from './fixed-chunker.ts'
import { PayloadChunker } from './payload-chunker.ts'

/** The stream of the spec's vectors: 0, 1, 2, … 262143 as u32 LE. */
const counting = new Uint8Array(Uint32Array.from({ length: 262144 }, (_, i) => i).buffer)
const vector = [143377, 262144, 262144, 262144, 118767]

interface Recorded {
  readonly stream: ChunkStream
  readonly appended: (ChunkRef & { isInjected: boolean })[]
  readonly stored: Map<string, Uint8Array>
  /** How many chunks were under way at most. */
  most(): number
}

/** A stream whose chunks are stored in a map, each after `delay(n)` milliseconds. */
function record(
  options: Partial<ChunkStreamOptions>,
  delay: (n: number) => number | undefined = () => undefined,
): Recorded {
  const appended: (ChunkRef & { isInjected: boolean })[] = []
  const stored = new Map<string, Uint8Array>()
  let running = 0
  let most = 0
  let started = 0
  const stream = new ChunkStream({
    chunker: new DynamicChunker(65536),
    limit: 3,
    async seal(chunk) {
      most = Math.max(most, ++running)
      const digest = plainDigest(chunk)
      stored.set(digest, chunk.slice())
      chunk.fill(0xee) // as if it had moved away
      const ms = delay(started++)
      if (ms !== undefined) await sleep(ms)
      running--
      return { digest, sizeBytes: chunk.length }
    },
    append: (chunk, isInjected) => void appended.push({ ...chunk, isInjected }),
    ...options,
  })
  return { stream, appended, stored, most: () => most }
}

async function writeAll(stream: ChunkStream, data: Uint8Array, pieces: readonly number[]): Promise<void> {
  for (let at = 0, piece = 0; at < data.length; piece++) {
    const bytes = data.slice(at, at + pieces[piece % pieces.length]!)
    at += bytes.length
    await stream.write(bytes)
    bytes.fill(0xdd) // they are the caller's again
  }
}

const sizes = ({ appended }: Recorded): number[] => appended.map(({ sizeBytes }) => sizeBytes)
const joined = ({ appended, stored }: Recorded): Buffer =>
  Buffer.concat(appended.map(({ digest }) => stored.get(digest)!))

test.each([[[1 << 20]], [[65536]], [[1, 4095, 70_000]], [[13, 512, 16]], [[262145]]])(
  'the vector of the spec, in pieces of %s',
  async (pieces) => {
    const recorded = record({})
    await writeAll(recorded.stream, counting, pieces)
    expect(recorded.stream.position).toBe(1n << 20n)
    await recorded.stream.end()
    expect(sizes(recorded)).toEqual(vector)
    expect(joined(recorded).equals(counting)).toBe(true)
  },
)

test('whatever arrives in whatever pieces comes out whole, in order, cut in the same places', async () => {
  const chunker = new DynamicChunker(512)
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 20_000, size: 'max' }),
      fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 1, max: 4 }),
      async (data, pieces, limit) => {
        const whole = record({ chunker, limit: 100 })
        await whole.stream.write(data)
        await whole.stream.end()
        const recorded = record({ chunker, limit }, (n) => (n * 7) % 3)
        await writeAll(recorded.stream, data, pieces)
        await recorded.stream.end()
        expect(joined(recorded).equals(data)).toBe(true)
        expect(sizes(recorded)).toEqual(sizes(whole))
        expect(recorded.most()).toBeLessThanOrEqual(limit)
      },
    ),
    { numRuns: 30 },
  )
})

test('chunks that outgrow their first memory keep their bytes', async () => {
  // Equal bytes have no cut before the longest chunk; the numbers have some in between.
  const data = new Uint8Array(Buffer.concat([Buffer.alloc(20 << 20, 7), counting, Buffer.alloc(9 << 20, 9), counting]))
  const { stream, appended, stored } = record({ chunker: new DynamicChunker() })
  await writeAll(stream, data, [1 << 20, 70_000])
  await stream.end()
  expect(Math.max(...appended.map(({ sizeBytes }) => sizeBytes))).toBe(16 << 20)
  expect(Buffer.concat(appended.map(({ digest }) => stored.get(digest)!)).equals(data)).toBe(true)
})

test('while there is room, writing is synchronous', async () => {
  const { stream } = record({})
  for (let at = 0; at < 400_000; at += 100) expect(stream.write(counting.subarray(at, at + 100))).toBeUndefined()
  await stream.end()
})

test('an empty stream has no chunks', async () => {
  const recorded = record({})
  await recorded.stream.write(new Uint8Array(0))
  await recorded.stream.end()
  expect(recorded.appended).toEqual([])
})

test('with a full house, writing waits, and the order stays although later chunks are ready first', async () => {
  const recorded = record({ chunker: new FixedChunker(1000), limit: 2 }, (n) => (n % 2 === 0 ? 20 : 1))
  const written = recorded.stream.write(counting.subarray(0, 5500))
  expect(written).toBeInstanceOf(Promise)
  await written
  await recorded.stream.end()
  expect(sizes(recorded)).toEqual([1000, 1000, 1000, 1000, 1000, 500])
  expect(joined(recorded).equals(counting.subarray(0, 5500))).toBe(true)
  expect(recorded.most()).toBe(2)
})

describe('split archives', () => {
  test('suggestions are cut at', async () => {
    const recorded = record({ chunker: new PayloadChunker(65536) })
    for (const offset of [32768n, 32768n, 0n, 405521n]) recorded.stream.suggest(offset)
    await writeAll(recorded.stream, counting, [10_000])
    await recorded.stream.end()
    expect(sizes(recorded)).toEqual([32768, 110609, 262144, 262144, 262144, 118767])
  })

  test('injected chunks cut where they come, and move the position on', async () => {
    const recorded = record({ chunker: new PayloadChunker(65536), limit: 1 }, () => 5)
    const old = [1, 2].map((n) => ({ digest: plainDigest(Uint8Array.of(n)), sizeBytes: n * 1_000_000 }))
    await recorded.stream.write(counting.subarray(0, 100))
    await recorded.stream.inject(old)
    expect(recorded.stream.position).toBe(3_000_100n)
    recorded.stream.suggest(3_000_100n + 20_000n)
    await recorded.stream.write(counting.subarray(0, 50_000))
    await recorded.stream.inject(old.slice(0, 1))
    await recorded.stream.end()
    expect(recorded.stream.position).toBe(4_050_100n)
    expect(recorded.appended.map(({ sizeBytes, isInjected }) => [sizeBytes, isInjected])).toEqual([
      [100, false],
      [1_000_000, true],
      [2_000_000, true],
      [20_000, false],
      [30_000, false],
      [1_000_000, true],
    ])
  })

  test('only injected chunks', async () => {
    const recorded = record({})
    const old = { digest: plainDigest(counting), sizeBytes: 5 }
    await recorded.stream.inject([old])
    await recorded.stream.inject([])
    await recorded.stream.end()
    expect(recorded.appended).toEqual([{ ...old, isInjected: true }])
  })
})

describe('failures', () => {
  const boom = new Error('boom')
  const write = async (stream: ChunkStream): Promise<void> => {
    await writeAll(stream, counting, [5000])
    await stream.end()
  }

  test('of sealing: thrown by what follows, nothing is appended behind it, what runs is waited for', async () => {
    let running = 0
    let sealed = 0
    const recorded = record({
      chunker: new FixedChunker(10_000),
      async seal() {
        const n = sealed++
        running++
        await sleep(n === 2 ? 5 : 15)
        running--
        if (n === 2) throw boom
        return { digest: plainDigest(Uint8Array.of(n)), sizeBytes: 10_000 }
      },
    })
    await expect(write(recorded.stream)).rejects.toBe(boom)
    await expect(recorded.stream.inject([])).rejects.toBe(boom)
    await expect(recorded.stream.end()).rejects.toBe(boom)
    await recorded.stream[Symbol.asyncDispose]()
    expect(running).toBe(0)
    expect(recorded.appended.length).toBeLessThanOrEqual(2)
  })

  test('of appending', async () => {
    const recorded = record({ append: () => Promise.reject(boom) })
    await expect(write(recorded.stream)).rejects.toBe(boom)
  })

  test('after disposal nothing can be written', async () => {
    const { stream } = record({})
    await stream[Symbol.asyncDispose]()
    expect(() => stream.write(new Uint8Array(1))).toThrow('closed')
  })
})

describe('looking at a stream that goes on', () => {
  test('it stands at a cut exactly where the chunker cuts, however often it is asked', async () => {
    const { stream, appended } = record({})
    const cuts = vector.map((_, i) => vector.slice(0, i + 1).reduce((sum, size) => sum + size, 0))
    const places = [0, 1000, 143_376, 143_377, 143_378, 400_000, cuts[1]!, cuts[2]!, cuts[3]!]
    let at = 0
    for (const place of places) {
      await stream.write(counting.slice(at, place))
      at = place
      expect([place, await stream.standsAtCut()]).toEqual([place, place === 0 || cuts.includes(place)])
    }
    await stream.write(counting.slice(at))
    await stream.end()
    expect(appended.map(({ sizeBytes }) => sizeBytes)).toEqual(vector)
  })

  test('what was written is in the chunks of the index and the open chunk', async () => {
    const { stream, appended, stored } = record({}, () => 5)
    for (let at = 0; at < counting.length; at += 50_000) {
      await stream.write(counting.slice(at, at + 50_000))
      const open = (await stream.openChunk()).slice()
      const whole = Buffer.concat([...appended.map(({ digest }) => stored.get(digest)!), open])
      expect(whole.equals(counting.subarray(0, at + 50_000))).toBe(true)
    }
    await stream.end()
    expect(await stream.openChunk()).toHaveLength(0)
  })
})
