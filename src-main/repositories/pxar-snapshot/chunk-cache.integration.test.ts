import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { plainDigest } from '../../storage/crypt-config.ts'
import { ChunkCache } from './chunk-cache.ts'

let folder: string
beforeEach(async () => {
  folder = path.join(await mkdtemp(path.join(tmpdir(), 'holdfast-cache-')), 'chunks')
})
afterEach(async () => await rm(path.dirname(folder), { recursive: true }))

const chunk = (size = 1000) => {
  const bytes = randomBytes(size)
  return { digest: plainDigest(bytes), bytes }
}

async function sizeOf(): Promise<number> {
  let sum = 0
  for (const name of await readdir(folder)) sum += (await stat(path.join(folder, name))).size
  return sum
}

test('what was put is there again, also for another process', async () => {
  const { digest, bytes } = chunk()
  const cache = new ChunkCache(folder)
  expect(await cache.get(digest)).toBeUndefined()
  await cache.put(digest, bytes)
  expect(await cache.get(digest)).toEqual(bytes)
  expect(await new ChunkCache(folder).get(digest)).toEqual(bytes)
  expect(((await stat(path.join(folder, digest))).mode & 0o077).toString(8)).toBe('0')
})

test('the bound holds, and what was used last stays', async () => {
  const cache = new ChunkCache(folder, 20_000)
  const favourite = chunk()
  await cache.put(favourite.digest, favourite.bytes)
  for (let i = 0; i < 100; i++) {
    const { digest, bytes } = chunk()
    // Times of files are as coarse as the clock of the kernel: make the order certain.
    await utimes(path.join(folder, favourite.digest), new Date(), new Date(Date.now() + 60_000))
    await cache.put(digest, bytes)
    expect(await sizeOf()).toBeLessThanOrEqual(20_000)
  }
  expect(await cache.get(favourite.digest)).toEqual(favourite.bytes)
  const large = chunk(30_000)
  await cache.put(large.digest, large.bytes)
  expect(await cache.get(large.digest)).toBeUndefined()
})

test('the bound holds for what an earlier process left', async () => {
  const before = new ChunkCache(folder, 1 << 20)
  for (let i = 0; i < 50; i++) {
    const { digest, bytes } = chunk()
    await before.put(digest, bytes)
  }
  const { digest, bytes } = chunk()
  await new ChunkCache(folder, 10_000).put(digest, bytes)
  expect(await sizeOf()).toBeLessThanOrEqual(10_000)
})

test('a damaged entry is not handed out, and goes', async () => {
  const cache = new ChunkCache(folder)
  for (const damage of [
    (file: Buffer) => file.subarray(0, 500),
    (file: Buffer) => Buffer.concat([file, Buffer.of(0)]),
    (file: Buffer) => file.fill(0, 20, 21),
    () => Buffer.alloc(0),
  ]) {
    const { digest, bytes } = chunk()
    bytes[20] = 1
    await cache.put(digest, bytes)
    const file = path.join(folder, digest)
    await writeFile(file, damage(await readFile(file)))
    expect(await cache.get(digest)).toBeUndefined()
    expect(await readdir(folder)).toEqual([])
  }
})

test('a folder that cannot be used costs nothing but the cache', async () => {
  await writeFile(folder, 'a file')
  const cache = new ChunkCache(folder)
  const { digest, bytes } = chunk()
  await cache.put(digest, bytes)
  expect(await cache.get(digest)).toBeUndefined()
})
