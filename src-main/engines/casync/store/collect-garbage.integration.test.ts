import { access, mkdir, mkdtemp, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Worker } from 'node:worker_threads'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Digest } from '../../../../src-shared/model/digest.ts'
import type { ChunkRef } from '../../../storage/chunk-index.ts'
import { chunkDigest } from '../chunk-digest.ts'
import { collectGarbage, type GarbageOptions } from './collect-garbage.ts'
import { KeptChunks } from './kept-chunks.ts'
import type { LargeStore, LargeStoreReport } from './large-store.fixture.ts'
import { plainChunkPath } from './layout.ts'
import { LocalStore } from './local-store.ts'
import { verifyChunks, verifyStore } from './verify-store.ts'

const { signal } = new AbortController()
const day = 24 * 60 * 60_000
const now = Date.now()

let folder: string
let store: LocalStore

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'castr-gc-'))
  store = new LocalStore(path.join(folder, 'default.castr'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const content = (number: number): Uint8Array => new TextEncoder().encode(`chunk number ${number}`)
const nameOf = (number: number): Digest => chunkDigest(content(number), 'sha512-256')
const refTo = (number: number): ChunkRef => ({ digest: nameOf(number), sizeBytes: content(number).length })
const fileOf = (number: number, suffix = '.cacnk'): string => plainChunkPath(store.root, nameOf(number)) + suffix

async function fill(count: number): Promise<void> {
  for (let number = 0; number < count; number++) await store.write(nameOf(number), content(number))
}

async function age(...files: string[]): Promise<void> {
  for (const file of files) await utimes(file, (now - 2 * day) / 1000, (now - 2 * day) / 1000)
}

const isThere = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  )

async function* indexes(...lists: (readonly number[])[]): AsyncGenerator<ChunkRef[]> {
  for (const list of lists) yield list.map(refTo)
}

const collect = (lists: AsyncIterable<Iterable<ChunkRef>>, options: Partial<GarbageOptions> = {}) =>
  collectGarbage(store, lists, { now: () => now, ...options }, signal)

describe('S-04: garbage collection', () => {
  test('keeps what any index names, and takes the rest in all its forms', async () => {
    await fill(6)
    await writeFile(fileOf(4, ''), content(4))
    await age(...[0, 1, 2, 3, 4, 5].map((number) => fileOf(number)), fileOf(4, ''))
    const report = await collect(indexes([0, 1], [1, 2], []))
    expect(report).toMatchObject({ indexes: 3, keptChunks: 3, removedChunks: 4, pendingChunks: 0 })
    const left = await Promise.all([0, 1, 2, 3, 4, 5].map((number) => store.has(nameOf(number))))
    expect(left).toEqual([true, true, true, false, false, false])
  })

  test('leaves what is young, and what a backup said it counts on', async () => {
    await fill(3)
    await age(fileOf(0), fileOf(1))
    await store.write(nameOf(1), content(1)) // there already: its time is refreshed
    const report = await collect(indexes())
    expect(report).toMatchObject({ removedChunks: 1, pendingChunks: 2 })
    expect(await store.has(nameOf(0))).toBe(false)
  })

  test('an index that cannot be read means that nothing goes', async () => {
    await fill(3)
    await age(fileOf(0), fileOf(1), fileOf(2))
    async function* broken(): AsyncGenerator<ChunkRef[]> {
      yield [refTo(0)]
      throw new Error('unreadable')
    }
    await expect(collect(broken())).rejects.toThrow('unreadable')
    expect((await Array.fromAsync(store.files(signal))).length).toBe(3)
  })

  test('a dry run counts and removes nothing', async () => {
    await fill(3)
    await age(fileOf(0), fileOf(1))
    expect(await collect(indexes([0]), { isDryRun: true })).toMatchObject({ removedChunks: 1, keptChunks: 1 })
    expect((await Array.fromAsync(store.files(signal))).length).toBe(3)
  })

  test('takes leftovers of a day, and nothing that is not of a store', async () => {
    await fill(1)
    const chunks = path.dirname(fileOf(0))
    const [old, young] = [fileOf(0, '.549e730415abddb4.tmp'), fileOf(0, '.549e730415abddb5.tmp')]
    const foreign = [
      path.join(chunks, 'README'),
      path.join(store.root, 'README'),
      path.join(folder, `${'0'.repeat(64)}.cacnk`), // which `casync gc` deletes
      path.join(store.root, 'zzzz'),
    ]
    for (const file of [old, young, fileOf(0, '.cacnk.bad'), ...foreign]) await writeFile(file, 'x')
    await age(old, fileOf(0, '.cacnk.bad'), ...foreign)
    expect(await collect(indexes([0]))).toMatchObject({ removedLeftovers: 2, keptChunks: 1 })
    expect(await Promise.all([old, young, ...foreign].map(isThere))).toEqual([false, true, true, true, true, true])
  })

  test('what was condemned by a run that ended halfway comes back', async () => {
    await fill(2)
    await rename(fileOf(0), `${fileOf(0)}.condemned`)
    await rename(fileOf(1), `${fileOf(1)}.condemned`)
    await store.write(nameOf(1), content(1))
    await collect(indexes())
    expect(await readdir(path.dirname(fileOf(0)))).toEqual([path.basename(fileOf(0))])
    expect(await readdir(path.dirname(fileOf(1)))).toEqual([path.basename(fileOf(1))])
  })

  test('a folder of that name is left alone', async () => {
    await mkdir(fileOf(0), { recursive: true })
    await age(fileOf(0))
    await collect(indexes())
    expect((await stat(fileOf(0))).isDirectory()).toBe(true)
  })
})

describe('S-03: verification', () => {
  test('every form of every chunk is read; a damaged one is named, and stored anew once it is set aside', async () => {
    await fill(3)
    await writeFile(fileOf(1, ''), 'something else')
    await rm(fileOf(2))
    await writeFile(fileOf(2), 'not compressed at all')
    const checked = await Array.fromAsync(verifyStore(store, {}, signal))
    const bad = checked.filter(({ problem }) => problem !== undefined)
    expect(bad.map(({ id, problem }) => [id, problem?.code]).sort()).toEqual(
      [
        [nameOf(1), 'chunk/corrupt'],
        [nameOf(2), 'chunk/corrupt'],
      ].sort(),
    )
    expect(checked.length).toBe(4)
    expect(await store.setAside(nameOf(2))).toBe(true)
    expect(await store.setAside(nameOf(9))).toBe(false)
    expect(await store.write(nameOf(2), content(2))).toBe(true)
    expect(Buffer.from((await store.read(nameOf(2))) ?? [])).toEqual(Buffer.from(content(2)))
  })

  test('the chunks of an index are there, damaged or missing', async () => {
    await fill(2)
    await rm(fileOf(1))
    await writeFile(fileOf(1), 'damaged')
    const checked = await Array.fromAsync(verifyChunks(store, [0, 1, 2].map(refTo), {}, signal))
    expect(checked.map(({ id, sizeBytes, problem }) => [id, sizeBytes, problem?.code])).toEqual([
      [nameOf(0), content(0).length, undefined],
      [nameOf(1), 0, 'chunk/corrupt'],
      [nameOf(2), 0, 'chunk/missing'],
    ])
  })
})

test('a set of chunks that are kept knows what was added, in whatever order and however often', () => {
  const anyDigest = fc.stringMatching(/^[0-9a-f]{16}$/).map((start) => start.padEnd(64, '0') as Digest)
  fc.assert(
    fc.property(fc.array(anyDigest), fc.array(anyDigest), (added, others) => {
      const kept = new KeptChunks()
      const known = new Set<string>()
      for (const [position, id] of [...added, ...added].entries()) {
        kept.add(id)
        known.add(id)
        if (position % 3 === 0) expect(kept.has(id)).toBe(true)
      }
      for (const id of [...added, ...others]) expect(kept.has(id)).toBe(known.has(id))
      expect(kept.count).toBe(known.size)
    }),
  )
})

test('memory does not grow with the number of chunks', async () => {
  const file = path.join(folder, 'chunk')
  await writeFile(file, 'x')
  const count = 300_000
  // The ids alone, as text, would be more than this heap; in the table of those to be kept they are outside of it. Half of the heap
  // is needed for the programs.
  const worker = new Worker(new URL('large-store.fixture.ts', import.meta.url), {
    workerData: { count, file } satisfies LargeStore,
    resourceLimits: { maxOldGenerationSizeMb: 24, maxYoungGenerationSizeMb: 8 },
  })
  const report = await new Promise<LargeStoreReport>((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
  })
  await worker.terminate()
  expect(report).toEqual({ kept: count / 2, pending: count / 2, verified: count })
})
