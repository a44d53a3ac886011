import { randomBytes } from 'node:crypto'
import { afterEach, describe, expect, test } from 'vitest'
import { decodeBlob, inspectBlob } from '../blob.ts'
import { CryptConfig, plainDigest } from '../crypt-config.ts'
import type { ChunkSealer, SealOptions } from './chunk-sealer.ts'
import { InlineSealer } from './inline-sealer.ts'
import { WorkerSealer } from './worker-sealer.ts'

const key = Uint8Array.from({ length: 32 }, (_, i) => i)
const crypt = new CryptConfig(key)
const never = new AbortController().signal
const unknown = () => false

const open: ChunkSealer[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((sealer) => sealer.close()))
})

/** The sealer, closed when the test ends. */
function closing<Sealer extends ChunkSealer>(sealer: Sealer): Sealer {
  open.push(sealer)
  return sealer
}

/** A chunk of its own buffer, different for every `n`. */
function chunk(n: number, length = 100_000): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length)
  for (let i = 0; i < length; i++) bytes[i] = (i * n) >> 3
  return bytes
}

describe.each<[string, (options?: SealOptions) => ChunkSealer]>([
  ['inline', (options) => new InlineSealer(options)],
  ['threads', (options) => new WorkerSealer({ ...options, threads: 2 })],
])('%s', (_name, create) => {
  test('a chunk gets its digest and a blob that decodes to it', async () => {
    for (const [options, config] of [
      [{}, undefined],
      [{ key }, crypt],
    ] as const) {
      const sealer = closing(create(options))
      const { digest, sizeBytes, blob, spent } = await sealer.seal(chunk(1), unknown, never)
      expect(spent.hashMs).toBeGreaterThan(0)
      expect(spent.encodeMs).toBeGreaterThan(0)
      expect(digest).toBe(config?.digest(chunk(1)) ?? plainDigest(chunk(1)))
      expect(sizeBytes).toBe(100_000)
      expect(inspectBlob(blob!)).toEqual({ isCompressed: true, isEncrypted: config !== undefined })
      expect(Buffer.compare(decodeBlob(blob!, { crypt: config, maxPlainBytes: 100_000 }), chunk(1))).toBe(0)
    }
  })

  test('a known chunk has no blob, and the question is asked once', async () => {
    const sealer = closing(create())
    const asked: string[] = []
    const isKnown = (digest: string): boolean => {
      asked.push(digest)
      return true
    }
    expect(await sealer.seal(chunk(1), isKnown, never)).toEqual({
      digest: plainDigest(chunk(1)),
      sizeBytes: 100_000,
      spent: { hashMs: expect.any(Number), encodeMs: 0 },
    })
    expect(asked).toEqual([plainDigest(chunk(1))])
  })

  test('without compression', async () => {
    const sealer = closing(create({ compress: false }))
    const { blob } = await sealer.seal(chunk(1), unknown, never)
    expect(inspectBlob(blob!).isCompressed).toBe(false)
  })

  test('what is sealed opens again: many at once, all sizes, compressible or not', async () => {
    const sealer = closing(create({ key }))
    const chunks = [1, 20, 4095, 70_000, 1_000_000].flatMap((size) => [
      chunk(7, size),
      new Uint8Array(randomBytes(size)),
    ])
    const sealed = await Promise.all(chunks.map((data) => sealer.seal(data.slice(), unknown, never)))
    const opened = await Promise.all(sealed.map(({ blob, ...expected }) => sealer.open(blob!, expected, never)))
    expect(opened.map((data, i) => Buffer.compare(data, chunks[i]!))).toEqual(chunks.map(() => 0))
  })

  test('a view of a chunk within its own buffer, and a blob that is part of a larger buffer', async () => {
    const sealer = closing(create())
    const part = chunk(1, 1 << 20).subarray(0, 5000)
    const { blob, ...expected } = await sealer.seal(part, unknown, never)
    expect(expected).toMatchObject({ digest: plainDigest(chunk(1, 5000)), sizeBytes: 5000 })
    const larger = new Uint8Array(blob!.length + 20)
    larger.set(blob!, 10)
    const opened = await sealer.open(larger.subarray(10, 10 + blob!.length), expected, never)
    expect(Buffer.compare(opened, chunk(1, 5000))).toBe(0)
    expect(larger).toHaveLength(blob!.length + 20)
  })

  test('a chunk stored in plain opens with a key at hand', async () => {
    const plain = closing(create())
    const keyed = closing(create({ key }))
    const { blob, ...expected } = await plain.seal(chunk(1), unknown, never)
    expect(Buffer.compare(await keyed.open(blob!, expected, never), chunk(1))).toBe(0)
  })

  test('damage is found and names the digest', async () => {
    const sealer = closing(create({ key }))
    const { blob, digest, sizeBytes } = await sealer.seal(chunk(1), unknown, never)
    const flipped = (at: number): Uint8Array<ArrayBuffer> => {
      const copy = blob!.slice()
      copy[at]! ^= 4
      return copy
    }
    const corrupt = { code: 'chunk/corrupt', detail: expect.stringContaining(digest) }
    for (const at of [0, 8, 12, 30, 44, blob!.length - 1])
      await expect(sealer.open(flipped(at), { digest, sizeBytes }, never), `at ${at}`).rejects.toMatchObject(corrupt)
    for (const size of [0, sizeBytes - 1, sizeBytes + 1])
      await expect(sealer.open(blob!.slice(), { digest, sizeBytes: size }, never)).rejects.toMatchObject(corrupt)
    const other = plainDigest(key)
    await expect(sealer.open(blob!.slice(), { digest: other, sizeBytes }, never)).rejects.toMatchObject({
      code: 'chunk/corrupt',
      detail: expect.stringContaining(other),
    })
  })

  test('an encrypted chunk without a key', async () => {
    const keyed = closing(create({ key }))
    const plain = closing(create())
    const { blob, ...expected } = await keyed.seal(chunk(1), unknown, never)
    await expect(plain.open(blob!, expected, never)).rejects.toMatchObject({ code: 'key/missing' })
  })

  test('what isKnown throws is thrown, and the sealer goes on', async () => {
    const sealer = closing(create())
    const broken = (): boolean => {
      throw new Error('who knows')
    }
    await expect(sealer.seal(chunk(1), broken, never)).rejects.toThrow('who knows')
    expect((await sealer.seal(chunk(2), unknown, never)).digest).toBe(plainDigest(chunk(2)))
  })

  test('an abort before the call, and calls after close', async () => {
    const sealer = create()
    const reason = new Error('enough')
    await expect(sealer.seal(chunk(1), unknown, AbortSignal.abort(reason))).rejects.toBe(reason)
    await sealer.close()
    await sealer.close()
    await expect(sealer.seal(chunk(1), unknown, never)).rejects.toThrow('closed')
  })
})

describe('threads', () => {
  test('the buffers move away', async () => {
    const sealer = closing(new WorkerSealer({ threads: 1 }))
    const data = chunk(1)
    const sealing = sealer.seal(data, unknown, never)
    expect(data.buffer.detached).toBe(true)
    const { blob, ...expected } = await sealing
    const opening = sealer.open(blob!, expected, never)
    expect(blob!.buffer.detached).toBe(true)
    await opening
  })

  test('more calls than threads wait, and an abort takes those out that wait', async () => {
    const sealer = closing(new WorkerSealer({ threads: 1 }))
    const aborter = new AbortController()
    const asked = new Set<string>()
    const isKnown = (digest: string): boolean => {
      asked.add(digest)
      return false
    }
    const calls = [1, 2, 3, 4, 5].map((n) => sealer.seal(chunk(n), isKnown, n === 1 ? never : aborter.signal))
    const reason = new Error('enough')
    aborter.abort(reason)
    const settled = await Promise.allSettled(calls)
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'rejected', 'rejected'])
    expect(settled.slice(1)).toEqual(Array.from({ length: 4 }, () => ({ status: 'rejected', reason })))
    expect(asked).toEqual(new Set([plainDigest(chunk(1))]))
    expect((await sealer.seal(chunk(6), unknown, never)).sizeBytes).toBe(100_000)
  })

  test('a thread that ends rejects what it owed, and is replaced', async () => {
    // A key of the wrong length ends the thread while it starts: the nearest thing to a crash that can be had.
    const sealer = closing(new WorkerSealer({ threads: 2, key: new Uint8Array(5) }))
    const settled = await Promise.allSettled([1, 2, 3, 4, 5, 6, 7].map((n) => sealer.seal(chunk(n), unknown, never)))
    expect(settled.map((result) => result.status === 'rejected' && String(result.reason))).toEqual(
      Array.from({ length: 7 }, () => 'Error: a sealing thread ended with 1'),
    )
  })

  test('closing rejects what is under way and what waits', async () => {
    const sealer = new WorkerSealer({ threads: 1 })
    const calls = Promise.allSettled([1, 2, 3, 4].map((n) => sealer.seal(chunk(n), unknown, never)))
    await sealer.close()
    expect((await calls).map(({ status }) => status)).toEqual(Array.from({ length: 4 }, () => 'rejected'))
  })

  test('a pool has threads', () => {
    for (const threads of [0, -1, 1.5]) expect(() => new WorkerSealer({ threads })).toThrow(RangeError)
  })
})
