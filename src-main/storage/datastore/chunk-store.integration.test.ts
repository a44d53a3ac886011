import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { HoldfastError } from '../../../src-shared/errors.ts'
import type { Digest } from '../../../src-shared/model/digest.ts'
import { encodeBlob } from '../blob.ts'
import { CryptConfig, plainDigest } from '../crypt-config.ts'
import { type ChunkStore, createChunkStore } from './chunk-store.ts'
import { openNew } from './durable-file.ts'
import { chunkFolder, chunkPath } from './layout.ts'

const tmpfs = ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs']
const data = Buffer.alloc(5000, 'holdfast')
const digest = plainDigest(data)
const large = encodeBlob(data, { compress: false })
const small = encodeBlob(data, { compress: true })
const crypt = new CryptConfig(Buffer.alloc(32, 7))
const sealed = encodeBlob(data, { compress: false, crypt })
const sealedSmall = encodeBlob(data, { compress: true, crypt })

let root: string
let store: ChunkStore

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'chunk-store-'))
  await mkdir(chunkFolder(root, digest), { recursive: true })
  store = createChunkStore(root)
})

afterEach(async () => {
  await rm(root, { recursive: true, force: true })
})

describe('chunk store', () => {
  it('gives back what was stored, and says that the second time was a duplicate', async () => {
    expect(await store.insert(digest, large)).toEqual({ isNew: true, storedBytes: large.length })
    expect(await store.insert(digest, large)).toEqual({ isNew: false, storedBytes: large.length })
    await store.sync()
    expect(await store.read(digest)).toEqual(large)
    expect(await readdir(chunkFolder(root, digest))).toEqual([digest])
  })

  it.each([
    { name: 'replaces an empty file', stored: new Uint8Array(), added: large, isNew: true },
    { name: 'replaces a larger plain chunk', stored: large, added: small, isNew: true },
    { name: 'keeps a smaller plain chunk', stored: small, added: large, isNew: false },
    { name: 'keeps an encrypted compressed chunk', stored: sealedSmall, added: sealed, isNew: false },
    { name: 'keeps an encrypted chunk against a compressed one', stored: sealed, added: sealedSmall, isNew: false },
  ])('$name', async ({ stored, added, isNew }) => {
    await writeFile(chunkPath(root, digest), stored)
    expect(await store.insert(digest, added)).toEqual({ isNew, storedBytes: (isNew ? added : stored).length })
    expect(Buffer.compare(await store.read(digest), isNew ? added : stored)).toBe(0)
  })

  it.each([
    { name: 'an encrypted chunk over a plain one', stored: small, added: sealed },
    { name: 'encrypted chunks of two lengths', stored: sealed.subarray(0, 100), added: sealed },
  ])('refuses $name', async ({ stored, added }) => {
    await writeFile(chunkPath(root, digest), stored)
    await expect(store.insert(digest, added)).rejects.toMatchObject({ code: 'chunk/corrupt' })
  })

  it('makes a missing chunk folder anew, and says when the whole store is gone', async () => {
    await rm(chunkFolder(root, digest), { recursive: true })
    expect((await store.insert(digest, large)).isNew).toBe(true)
    await rm(path.join(root, '.chunks'), { recursive: true })
    await expect(store.insert(digest, large)).rejects.toMatchObject({ code: 'datastore/not-found' })
  })

  it('refreshes the mark of garbage collection, and leaves the time of change', async () => {
    await store.insert(digest, large)
    await utimes(chunkPath(root, digest), 1000, 2000)
    await store.insert(digest, large)
    const after = await stat(chunkPath(root, digest))
    expect(after.atimeMs).toBeGreaterThan(Date.now() - 60_000)
    expect(after.mtimeMs).toBe(2_000_000)
    expect(await store.touch(digest, 5_000_000)).toBe(true)
    expect(await store.stat(digest)).toEqual({ sizeBytes: large.length, usedAtMs: 5_000_000 })
  })

  it('says of a chunk that is not there so', async () => {
    expect(await store.touch(digest)).toBe(false)
    expect(await store.stat(digest)).toBeUndefined()
    await expect(store.read(digest)).rejects.toMatchObject({ code: 'chunk/missing' })
  })

  it('reads nothing that is larger than a chunk can be', async () => {
    await writeFile(chunkPath(root, digest), '')
    await truncate(chunkPath(root, digest), 1 << 30)
    await expect(store.read(digest)).rejects.toMatchObject({ code: 'chunk/corrupt' })
  })

  it('sets damaged chunks aside as .0.bad to .9.bad, then drops them', async () => {
    for (let n = 0; n < 11; n++) {
      await store.insert(digest, large)
      await store.setAside(digest)
    }
    await store.setAside(digest)
    expect((await readdir(chunkFolder(root, digest))).sort()).toEqual(
      Array.from({ length: 10 }, (_, n) => `${digest}.${n}.bad`),
    )
    expect((await store.insert(digest, large)).isNew).toBe(true)
  })

  it('survives many inserts of one chunk at once', async () => {
    const all = await Promise.all(Array.from({ length: 40 }, (_, n) => store.insert(digest, n % 2 ? small : large)))
    expect(all.some(({ isNew }) => isNew)).toBe(true)
    expect(await readdir(chunkFolder(root, digest))).toEqual([digest])
    expect([small.length, large.length]).toContain((await store.read(digest)).length)
  })

  it.each([
    ['ENOSPC', 'disk/full'],
    ['EDQUOT', 'disk/full'],
    ['EROFS', 'disk/read-only'],
  ])('says %s as %s and leaves no part of a chunk', async (code, expected) => {
    const failing = createChunkStore(root, {
      async openFile(file, mode) {
        const handle = await openNew(file, mode)
        const writeSome = async () => {
          await handle.write(large, 0, 100)
          throw Object.assign(new Error(code), { code })
        }
        return Object.assign(handle, { writeFile: writeSome })
      },
    })
    await expect(failing.insert(digest, large)).rejects.toMatchObject({ code: expected })
    expect(await readdir(chunkFolder(root, digest))).toEqual([])
  })
})

/** The real thing, where the test may mount. */
describe.runIf(mayMount())('chunk store on a disk of 1 MiB', () => {
  let disk: string

  beforeEach(async () => {
    disk = path.join(root, 'disk')
    await mkdir(disk)
    execFileSync('mount', [...tmpfs, disk])
  })

  afterEach(() => {
    execFileSync('umount', [disk])
  })

  it('runs full without a partial chunk, and goes on when there is space again', async () => {
    const full = createChunkStore(disk)
    const stored: Digest[] = []
    let failure: HoldfastError | undefined
    for (let n = 0; failure === undefined && n < 20; n++) {
      const piece = Buffer.alloc(100_000, n)
      const pieceDigest = plainDigest(piece)
      await mkdir(chunkFolder(disk, pieceDigest), { recursive: true })
      try {
        await full.insert(pieceDigest, encodeBlob(piece, { compress: false }))
        stored.push(pieceDigest)
      } catch (error) {
        failure = error as HoldfastError
      }
    }
    expect(failure?.code).toBe('disk/full')
    expect(stored.length).toBeGreaterThan(5)
    const sizes = await Promise.all(stored.map(async (each) => (await readFile(chunkPath(disk, each))).length))
    expect(new Set(sizes)).toEqual(new Set([100_012]))
    expect(await countFiles(path.join(disk, '.chunks'))).toBe(stored.length)
    await rm(chunkPath(disk, stored[0]!)) // more than five were stored
    await full.insert(stored[0]!, encodeBlob(Buffer.alloc(100_000, 0), { compress: false }))
  })

  it('says that a disk is read-only', async () => {
    await mkdir(chunkFolder(disk, digest), { recursive: true })
    execFileSync('mount', ['-o', 'remount,ro', disk])
    await expect(createChunkStore(disk).insert(digest, large)).rejects.toMatchObject({ code: 'disk/read-only' })
  })
})

function mayMount(): boolean {
  const probe = mkdtempSync(path.join(tmpdir(), 'mount-'))
  try {
    execFileSync('mount', [...tmpfs, probe], { stdio: 'ignore' })
    execFileSync('umount', [probe])
    return true
  } catch {
    return false
  } finally {
    rmSync(probe, { recursive: true })
  }
}

async function countFiles(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).length
}
