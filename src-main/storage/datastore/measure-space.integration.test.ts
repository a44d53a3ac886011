import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Digest } from '../../../src-shared/model/digest.ts'
import type { Datastore } from './datastore.ts'
import { collectGarbage } from './garbage-collection.ts'
import { measureSpace } from './measure-space.ts'
import { forgetSnapshot } from './snapshot-dir.ts'
import { createSmallStore, randomChunks, sampleGroup, writeSample } from './testing/sample-store.ts'

const signal = new AbortController().signal
const first = { ...sampleGroup, time: 1000 }
const second = { ...sampleGroup, time: 2000 }
const third = { ...sampleGroup, time: 3000 }

let root: string
let store: Datastore

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'space-'))
  store = await createSmallStore(root)
})

afterEach(async () => {
  await rm(root, { recursive: true, force: true })
})

async function sizeOf(digests: readonly Digest[]): Promise<number> {
  let bytes = 0
  for (const digest of digests) bytes += (await store.chunks.stat(digest))?.sizeBytes ?? Number.NaN
  return bytes
}

test('a set of snapshots owns what nobody else refers to', async () => {
  const [a = [], b = [], c = [], d = []] = [randomChunks(3), randomChunks(2), randomChunks(4), randomChunks(1)]
  const one = await writeSample(store, first, [...a, ...b])
  await writeSample(store, second, [...b, ...c, ...c])
  const three = await writeSample(store, third, [...c, ...d])

  const report = await measureSpace(store, { owners: [[first], [second], [third]], all: true }, signal)
  expect(report.owned.map(({ chunks }) => chunks)).toEqual([3, 0, 1])
  expect(report.owned[0]?.bytes).toBe(await sizeOf(one.digests.slice(0, 3)))
  expect(report.chunks).toBe(10)
  expect(report.logicalBytes).toBe((5 + 10 + 5) * 3000)
  expect(report.storedBytes).toBeGreaterThan(10 * 3000)

  // Together the last two own what they share, and nothing of the first.
  const both = await measureSpace(store, { owners: [[second, third]], all: false }, signal)
  expect(both.owned).toEqual([{ chunks: 5, bytes: await sizeOf([...three.digests]) }])
  expect(both.storedBytes).toBe(0)
})

test('what it says is what garbage collection then frees', async () => {
  const [a = [], b = []] = [randomChunks(5), randomChunks(5)]
  await writeSample(store, first, [...a, ...b])
  await writeSample(store, second, b)
  const { owned } = await measureSpace(store, { owners: [[first]], all: false }, signal)
  await forgetSnapshot(store, first)
  const aWeekOn = () => Date.now() + 7 * 24 * 60 * 60_000
  const { removedBytes, removedChunks } = await collectGarbage(store, { now: aWeekOn, onProgress: () => {} }, signal)
  expect(owned).toEqual([{ bytes: removedBytes, chunks: removedChunks }])
})

test('the same name in another namespace is another snapshot', async () => {
  const elsewhere = { ...first, namespace: 'attic' }
  await mkdir(path.join(root, 'ns', 'attic'), { recursive: true })
  await writeSample(store, first, randomChunks(2))
  await writeSample(store, elsewhere, randomChunks(3))
  const { owned } = await measureSpace(store, { owners: [[elsewhere]], all: false }, signal)
  expect(owned[0]?.chunks).toBe(3)
})

test('it stops when nobody wants to know any more', async () => {
  await writeSample(store, first, randomChunks(2))
  const stop = new AbortController()
  stop.abort()
  await expect(measureSpace(store, { owners: [], all: true }, stop.signal)).rejects.toThrow(stop.signal.reason)
})
