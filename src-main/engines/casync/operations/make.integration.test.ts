import { createHash, type Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { decodeCatar } from '../../../archive/catar/decoder.ts'
import { blobFeatures, chooseFeatures, featureSet } from '../../../archive/catar/feature-flags.ts'
import type { Metadata, TreeEntry } from '../../../archive/tree.ts'
import { hasCasync, runCasync } from '../casync-program.fixture.ts'
import { chunkDigest } from '../chunk-digest.ts'
import { defaultChunkSizes, parseChunkSizes } from '../chunker/chunk-sizes.ts'
import { CasyncIndex } from '../index/casync-index.ts'
import type { IndexHeader } from '../index/index-format.ts'
import { closeKept, kept } from '../kept.fixture.ts'
import { CachedStore } from '../store/cached-store.ts'
import type { ChunkStore } from '../store/chunk-store.ts'
import { type ChunkWriter, inlineChunkWriter } from '../store/chunk-writer.ts'
import { fallbackStore } from '../store/fallback-store.ts'
import { LocalStore } from '../store/local-store.ts'
import { FileSeed, seedFromStream } from '../store/seed-store.ts'
import { StoreThreads } from '../store/store-threads.ts'
import { blobVector, vector } from '../vectors.fixture.ts'
import { extractBlob } from './extract-blob.ts'
import { makeBlobIndex, makeTreeIndex } from './make.ts'
import { readIndexed } from './read-indexed.ts'

if (!hasCasync) {
  test('nothing we made was given to the real program: casync is not on the PATH', () => {
    console.warn('casync is not installed: what we make was not read with the real program')
  })
}

const { signal } = new AbortController()
const blobHeader: IndexHeader = { featureFlags: blobFeatures(chooseFeatures()), sizes: defaultChunkSizes }

let folder: string
let store: LocalStore
const at = (name: string): string => path.join(folder, name)

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'casync-make-'))
  store = new LocalStore(at('default.castr'))
})
afterEach(async () => {
  await closeKept()
  await rm(folder, { recursive: true, force: true })
})

async function* piecesOf(bytes: Uint8Array, step = 100_000): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += step) yield bytes.subarray(from, from + step)
}

const makeBlob = (
  name: string,
  bytes: Uint8Array,
  writer: ChunkWriter = inlineChunkWriter(store),
  header = blobHeader,
  hash?: Hash,
) => makeBlobIndex(piecesOf(bytes), { header, writer, indexFile: at(name), hash, signal })

const readIndex = async (name: string): Promise<CasyncIndex> => CasyncIndex.parse(await readFile(at(name)))

const metadata: Metadata = {
  permissions: 0o755,
  uid: 0,
  gid: 0,
  mtimeNs: 1_500_000_000n * 1_000_000_000n,
  flags: 0n,
  xattrs: [],
}

async function* sampleTree(content: Uint8Array): AsyncGenerator<TreeEntry> {
  const name = (text: string): Uint8Array => Buffer.from(text)
  yield { kind: 'directory', name: name(''), metadata }
  yield { kind: 'directory', name: name('a folder'), metadata }
  yield { kind: 'leave' }
  let at = 0
  const open = () => ({
    read(into: Uint8Array) {
      const piece = content.subarray(at, at + into.length)
      into.set(piece)
      at += piece.length
      return piece.length
    },
    close: () => undefined,
  })
  yield { kind: 'file', name: name('file'), metadata, sizeBytes: BigInt(content.length), open }
  yield { kind: 'symlink', name: name('link'), metadata: { ...metadata, permissions: 0o777 }, target: name('a folder') }
  yield { kind: 'leave' }
}

describe('I-01, C-01: making', () => {
  test.each([
    ['in this thread', (): ChunkWriter => inlineChunkWriter(store)],
    ['on threads', (): ChunkWriter => new StoreThreads(store, 2)],
  ])('a blob %s has the index that casync makes, and only new chunks are stored', async (_, open) => {
    const writer = kept(open())
    const hash = createHash('sha512-256')
    const made = await makeBlob('a.caibx', blobVector(), writer, blobHeader, hash)
    expect(hash.digest('hex')).toBe(chunkDigest(blobVector(), 'sha512-256'))
    expect((await readFile(at('a.caibx'))).equals(vector('index/blob.caibx'))).toBe(true)
    expect(made).toMatchObject({
      sizeBytes: BigInt(blobVector().length),
      newChunks: new Set([...(await readIndex('a.caibx'))].map(({ digest }) => digest)).size,
    })
    expect(await makeBlob('b.caibx', blobVector(), writer)).toMatchObject({ chunks: made.chunks, newChunks: 0 })
    const read = Buffer.concat(await Array.fromAsync(readIndexed(await readIndex('b.caibx'), writer, {}, signal)))
    expect(read.equals(blobVector())).toBe(true)
    expect((await readdir(folder)).sort()).toEqual(['a.caibx', 'b.caibx', 'default.castr'])
  })

  test('P-12: what fails halfway leaves no index, neither old nor new', async () => {
    async function* breaking(): AsyncGenerator<Uint8Array> {
      yield* piecesOf(blobVector())
      throw new Error('the source broke')
    }
    const options = { header: blobHeader, writer: inlineChunkWriter(store), indexFile: at('a.caibx'), signal }
    await expect(makeBlobIndex(breaking(), options)).rejects.toThrow('the source broke')
    expect(await readdir(folder)).toEqual(['default.castr'])
    const controller = new AbortController()
    async function* cancelled(): AsyncGenerator<Uint8Array> {
      for await (const piece of piecesOf(blobVector())) {
        yield piece
        controller.abort()
      }
    }
    await expect(makeBlobIndex(cancelled(), { ...options, signal: controller.signal })).rejects.toThrow('abort')
    expect(await readdir(folder)).toEqual(['default.castr'])
  })

  test('a thread says what is wrong with a chunk, and what is not there', async () => {
    const threads = kept(new StoreThreads(store, 1))
    const { digest } = await threads.write(Uint8Array.from(Buffer.from('some chunk')), 'sha512-256', signal)
    await rm(at(`default.castr/${digest.slice(0, 4)}/${digest}.cacnk`))
    expect(await threads.get(digest, {}, signal)).toBeUndefined()
    await writeFile(at(`default.castr/${digest.slice(0, 4)}/${digest}.cacnk`), 'damaged')
    await expect(threads.get(digest, {}, signal)).rejects.toMatchObject({ code: 'chunk/corrupt' })
    await threads.close()
    await expect(threads.get(digest, {}, signal)).rejects.toThrow('closed')
  })

  test.runIf(hasCasync)('A-11, O-01: casync lists, digests and extracts a tree that we made', async () => {
    const featureFlags = chooseFeatures({ with: featureSet.unix })
    const hash = createHash('sha512-256')
    await makeTreeIndex(sampleTree(blobVector()), {
      hash,
      header: { featureFlags, sizes: parseChunkSizes('8K') },
      writer: inlineChunkWriter(store),
      indexFile: at('tree.caidx'),
      signal,
    })
    expect(runCasync(['digest', at('tree.caidx')]).output.trim()).toBe(hash.digest('hex'))
    expect(runCasync(['list', at('tree.caidx')]).output).toBe(
      'drwxr-xr-x .\ndrwxr-xr-x a\\040folder\n-rwxr-xr-x file\nlrwxrwxrwx link\n',
    )
    expect(runCasync(['mtree', at('tree.caidx')]).output).toContain(
      `sha512256digest=${chunkDigest(blobVector(), 'sha512-256')}`,
    )
    const options = ['--without=privileged', '--seed-output=no']
    expect(runCasync([...options, 'extract', at('tree.caidx'), at('out')])).toMatchObject({ status: 0, errors: '' })
    expect((await readFile(at('out/file'))).equals(blobVector())).toBe(true)
    const pieces = readIndexed(await readIndex('tree.caidx'), store, {}, signal)
    const entries = await Array.fromAsync(decodeCatar(pieces, { signal }))
    expect(entries.map(({ kind }) => kind)).toEqual(['directory', 'directory', 'leave', 'file', 'symlink', 'leave'])
  })
})

describe('R-02: extracting a blob', () => {
  test('a longer file is replaced, or written over and cut off; either way it is the blob', async () => {
    await makeBlob('a.caibx', blobVector())
    const index = await readIndex('a.caibx')
    for (const isInPlace of [false, true]) {
      await writeFile(at('out'), Buffer.alloc(blobVector().length + 5000, 'x'))
      expect(await extractBlob(index, store, at('out'), { isInPlace }, signal)).toBe(index.sizeBytes)
      expect((await readFile(at('out'))).equals(blobVector())).toBe(true)
    }
  })

  test('a chunk that is missing or damaged leaves the file as it was', async () => {
    await makeBlob('a.caibx', blobVector())
    await writeFile(at('out'), 'as it was')
    const index = await readIndex('a.caibx')
    const id = index.digestAt(index.count - 1)
    await store.setAside(id)
    const extract = () => extractBlob(index, store, at('out'), {}, signal)
    await expect(extract()).rejects.toMatchObject({ code: 'chunk/missing' })
    await writeFile(at(`default.castr/${id.slice(0, 4)}/${id}.cacnk`), 'damaged')
    await expect(extract()).rejects.toMatchObject({ code: 'chunk/corrupt' })
    expect(await readFile(at('out'), 'utf8')).toBe('as it was')
    expect((await readdir(folder)).sort()).toEqual(['a.caibx', 'default.castr', 'out'])
  })
})

/** Counts what is asked of another store. */
function counted(inner: ChunkStore): ChunkStore & { asked: number } {
  const store = {
    asked: 0,
    get(...args: Parameters<ChunkStore['get']>) {
      store.asked++
      return inner.get(...args)
    },
  }
  return store
}

describe('stores in front of others', () => {
  test('seeds: what the old version at the target has is not fetched', async () => {
    await makeBlob('a.caibx', blobVector())
    const index = await readIndex('a.caibx')
    const old = Uint8Array.from(blobVector())
    old.fill(7, 1_000_000, 1_100_000)
    await writeFile(at('out'), old)
    const seed = kept(await FileSeed.open(at('out'), index, signal))
    const distant = counted(store)
    await extractBlob(index, fallbackStore([seed, distant]), at('out'), {}, signal)
    expect((await readFile(at('out'))).equals(blobVector())).toBe(true)
    const distinct = new Set([...index].map(({ digest }) => digest)).size
    expect(seed.count).toBeGreaterThan(distinct - 8)
    expect(distant.asked).toBeLessThanOrEqual(8)
  })

  test('seeds: a file that changes after it was looked at is not believed', async () => {
    await makeBlob('a.caibx', blobVector())
    const index = await readIndex('a.caibx')
    await writeFile(at('old'), blobVector())
    const seed = kept(await FileSeed.open(at('old'), index, signal))
    await writeFile(at('old'), Buffer.alloc(1_000_000, 1))
    await extractBlob(index, fallbackStore([seed, store]), at('out'), {}, signal)
    expect((await readFile(at('out'))).equals(blobVector())).toBe(true)
  })

  test('seeds: chunks of a stream that is there, as of a tree', async () => {
    await makeBlob('a.caibx', blobVector())
    const index = await readIndex('a.caibx')
    const scratch = new LocalStore(at('scratch.castr'))
    const count = await seedFromStream(createReadStream(at('a.caibx')), index, scratch, signal)
    expect(count).toBe(0)
    expect(await seedFromStream(piecesOf(blobVector()), index, scratch, signal)).toBeGreaterThan(10)
    const distant = counted(store)
    await extractBlob(index, fallbackStore([scratch, distant]), at('out'), {}, signal)
    expect(distant.asked).toBe(0)
  })

  test('fallback: a damaged or silent store is passed over, but not when nobody else has the chunk', async () => {
    await makeBlob('a.caibx', blobVector())
    const index = await readIndex('a.caibx')
    const good = index.at(0)
    const bad = new LocalStore(at('bad.castr'))
    await mkdir(at(`bad.castr/${good.digest.slice(0, 4)}`), { recursive: true })
    await writeFile(at(`bad.castr/${good.digest.slice(0, 4)}/${good.digest}.cacnk`), 'damaged')
    const both = fallbackStore([bad, store])
    expect((await both.get(good.digest, {}, signal))?.length).toBe(good.sizeBytes)
    const none = fallbackStore([bad, new LocalStore(at('empty.castr'))])
    await expect(none.get(good.digest, {}, signal)).rejects.toMatchObject({ code: 'chunk/corrupt' })
    expect(await none.get(index.digestAt(1), {}, signal)).toBeUndefined()
  })

  test('a cache holds no more than it may, drops what was read longest ago, and notices damage', async () => {
    await makeBlob('a.caibx', blobVector())
    const index = await readIndex('a.caibx')
    const cacheFolder = new LocalStore(at('cache.castr'))
    const distant = counted(store)
    const cache = await CachedStore.open(distant, cacheFolder, 500_000, signal)
    for (const { digest } of index) await cache.get(digest, {}, signal)
    expect(cache.sizeBytes).toBeLessThanOrEqual(500_000)
    const asked = distant.asked
    const last = index.at(index.count - 1)
    expect((await cache.get(last.digest, {}, signal))?.length).toBe(last.sizeBytes)
    expect(distant.asked).toBe(asked)
    const again = await CachedStore.open(distant, cacheFolder, 500_000, signal)
    const file = at(`cache.castr/${last.digest.slice(0, 4)}/${last.digest}.cacnk`)
    await rm(file)
    await writeFile(file, 'damaged')
    expect((await again.get(last.digest, {}, signal))?.length).toBe(last.sizeBytes)
    expect(distant.asked).toBe(asked + 1)
    expect((await cacheFolder.read(last.digest))?.length).toBe(last.sizeBytes)
  })
})
