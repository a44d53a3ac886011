import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { chunkDigest } from '../chunk-digest.ts'
import { CasyncIndex } from '../index/casync-index.ts'
import { vector } from '../vectors.fixture.ts'
import { openChunk } from './chunk-payload.ts'
import { detectCompression } from './compression.ts'
import { LocalStore, type StoredFile } from './local-store.ts'

const { signal } = new AbortController()
const plain = new TextEncoder().encode('a chunk of some length, '.repeat(20))
const id = chunkDigest(plain, 'sha512-256')

let folder: string
let root: string

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'castr-'))
  root = path.join(folder, 'default.castr')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const place = (suffix = ''): string => path.join(root, id.slice(0, 4), id + suffix)

async function readChunk(store: LocalStore): Promise<Uint8Array> {
  return Uint8Array.from((await store.read(id)) ?? [])
}

async function put(suffix: string, bytes: Uint8Array): Promise<void> {
  await mkdir(path.dirname(place()), { recursive: true })
  await writeFile(place(suffix), bytes)
}

describe('S-01: writing', () => {
  test('a chunk gets its folder, its name, read-only, and no temporary file stays', async () => {
    const store = new LocalStore(root)
    expect(await store.write(id, plain)).toBe(true)
    await store.sync()
    expect(await readdir(root)).toEqual([id.slice(0, 4)])
    expect(await readdir(path.join(root, id.slice(0, 4)))).toEqual([`${id}.cacnk`])
    expect((await stat(place('.cacnk'))).mode & 0o777).toBe(0o444)
    expect(detectCompression(await readFile(place('.cacnk')))).toBe('zstd')
    expect(await readChunk(store)).toEqual(plain)
  })

  test('a chunk that is there in either form is not written again', async () => {
    const store = new LocalStore(root)
    await put('', plain)
    expect(await store.write(id, plain)).toBe(false)
    expect(await readdir(path.dirname(place()))).toEqual([id])
    expect(await readChunk(store)).toEqual(plain)
  })

  test('many writers of one chunk leave one file', async () => {
    const store = new LocalStore(root, { compression: 'gzip' })
    const results = await Promise.all(Array.from({ length: 8 }, () => store.write(id, plain)))
    expect(results.filter(Boolean).length).toBe(1)
    expect(await readdir(path.dirname(place()))).toEqual([`${id}.cacnk`])
  })

  test('the folder around the store is not made', async () => {
    const store = new LocalStore(path.join(folder, 'missing', 'default.castr'))
    await expect(store.write(id, plain)).rejects.toThrow('ENOENT')
  })

  test('another suffix is honoured, an impossible one refused', async () => {
    const store = new LocalStore(root, { suffix: '.zst' })
    await store.write(id, plain)
    expect(await readdir(path.dirname(place()))).toEqual([`${id}.zst`])
    expect(await readChunk(store)).toEqual(plain)
    for (const suffix of ['', '/x', 'cacnk']) expect(() => new LocalStore(root, { suffix })).toThrow('suffix')
  })
})

describe('reading', () => {
  test('a store that does not exist is empty', async () => {
    const store = new LocalStore(root)
    expect([await store.has(id), await store.read(id)]).toEqual([false, undefined])
    expect(await Array.fromAsync(store.files(signal))).toEqual([])
  })

  test('S-02: P-14: plain, zstd, gzip and xz chunks in one store are read', async () => {
    const mixed = new LocalStore(fileURLToPath(new URL('../testdata/protocol/mixed.castr', import.meta.url)))
    const whole = vector('protocol/multi.bin')
    const seen = new Set<string>()
    for (const { digest, offset, sizeBytes } of CasyncIndex.parse(vector('protocol/multi.caibx'))) {
      const stored = await mixed.readStored(digest)
      if (stored === undefined) throw new Error(`${digest} is missing`)
      const form = stored.isCompressed ? String(detectCompression(stored.bytes)) : 'plain'
      seen.add(form)
      const expected = whole.subarray(Number(offset), Number(offset) + sizeBytes)
      const options = { algorithms: ['sha512-256'] as const, sizeBytes }
      expect(Buffer.from((await mixed.read(digest, options)) ?? []).equals(expected)).toBe(true)
    }
    expect([...seen].sort()).toEqual(['gzip', 'plain', 'xz', 'zstd'])
  })

  test('S-02: symbolic links, folders and empty files in place of a chunk are refused', async () => {
    const store = new LocalStore(root)
    await mkdir(path.dirname(place()), { recursive: true })
    await writeFile(path.join(folder, 'elsewhere'), plain)
    await symlink(path.join(folder, 'elsewhere'), place())
    await expect(store.read(id)).rejects.toMatchObject({ code: 'chunk/corrupt' })
    await rm(place())
    await mkdir(place('.cacnk'))
    await expect(store.read(id)).rejects.toMatchObject({ code: 'chunk/corrupt' })
    await rm(place('.cacnk'), { recursive: true })
    await writeFile(place(), '')
    await expect(store.read(id)).rejects.toMatchObject({ code: 'chunk/corrupt' })
  })

  test('S-03: a changed byte anywhere is noticed', async () => {
    const store = new LocalStore(root)
    await store.write(id, plain)
    const good = await readFile(place('.cacnk'))
    for (let at = 0; at < good.length; at++) {
      const bad = Uint8Array.from(good)
      bad[at] = (bad[at] ?? 0) ^ 0x11
      const outcome = await Promise.resolve()
        .then(() => openChunk(id, { bytes: bad, isCompressed: true }))
        .catch((error: unknown) => error)
      // Some bits of a zstd header mean nothing: then the content must be the same.
      if (outcome instanceof Uint8Array) expect(Buffer.from(outcome).equals(plain)).toBe(true)
      else expect(outcome).toMatchObject({ code: 'chunk/corrupt' })
    }
    expect(() => openChunk(id, { bytes: plain.subarray(1), isCompressed: false })).toThrow('another content')
  })

  test('S-03, I-03: digest and length must be those of the index', async () => {
    const payload = { bytes: plain, isCompressed: false }
    expect(openChunk(id, payload, { sizeBytes: plain.length })).toBe(plain)
    expect(() => openChunk(id, payload, { sizeBytes: plain.length - 1 })).toThrow('instead of')
    expect(() => openChunk(id, payload, { algorithms: ['sha256'] })).toThrow('another content')
    const sha256 = chunkDigest(plain, 'sha256')
    expect(openChunk(sha256, payload)).toBe(plain)
  })
})

test('S-04: every file of the chunk folders is listed for what it is, and nothing else', async () => {
  const store = new LocalStore(root)
  await store.write(id, plain)
  await put('', plain)
  await put('.549e730415abddb4.tmp', plain)
  await put('.other', plain)
  await put('.cacnk.bad', plain)
  await put('.condemned', plain)
  const chunks = path.dirname(place())
  await writeFile(path.join(chunks, '.tmp-cacnk123'), 'x')
  await writeFile(path.join(chunks, `${'0'.repeat(64)}.cacnk`), 'in the wrong folder')
  await writeFile(path.join(root, 'README'), 'x')
  await writeFile(path.join(folder, `${id}.cacnk`), 'beside the store')
  await mkdir(path.join(root, 'zzzz'))
  const files = (await Array.fromAsync(store.files(signal))).map(({ path: file, file: { kind } }: StoredFile) => [
    path.basename(file),
    kind,
  ])
  expect(files.sort()).toEqual(
    [
      [id, 'chunk'],
      [`${id}.cacnk`, 'chunk'],
      [`${id}.549e730415abddb4.tmp`, 'temporary'],
      [`${id}.other`, 'foreign'],
      [`${id}.cacnk.bad`, 'bad'],
      [`${id}.condemned`, 'condemned'],
      ['.tmp-cacnk123', 'temporary'],
      [`${'0'.repeat(64)}.cacnk`, 'foreign'],
    ].sort(),
  )
})
