import { mkdir, mkdtemp, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Digest } from '../../../src-shared/model/digest.ts'
import { plainDigest } from '../crypt-config.ts'
import type { Datastore } from './datastore.ts'
import { collectGarbage, type GarbageProgress, thresholdOf } from './garbage-collection.ts'
import { archivePath, chunkFolder, chunkPath, snapshotFolder } from './layout.ts'
import { forgetSnapshot } from './snapshot-dir.ts'
import { createSmallStore, randomChunks, sampleGroup, writeSample } from './testing/sample-store.ts'

const HOUR = 3_600_000
const MINUTE = 60_000
const first = { ...sampleGroup, time: 1000 }
const second = { ...sampleGroup, time: 2000 }
const signal = new AbortController().signal
const now = Date.UTC(2030, 0, 1)
const options = { now: () => now }

let root: string
let store: Datastore

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'garbage-'))
  store = await createSmallStore(root)
})

afterEach(async () => {
  await rm(root, { recursive: true, force: true })
})

/** A chunk file that was last used so long before the collection. */
async function putChunk(name: string, ageMs: number, suffix = ''): Promise<Digest> {
  const digest = plainDigest(Buffer.from(name))
  await mkdir(chunkFolder(root, digest), { recursive: true })
  await writeFile(chunkPath(root, digest) + suffix, '0123456789')
  await age(chunkPath(root, digest) + suffix, ageMs)
  return digest
}

async function age(file: string, ageMs: number): Promise<void> {
  await utimes(file, (now - ageMs) / 1000, (now - ageMs) / 1000)
}

async function listChunks(): Promise<string[]> {
  const entries = await readdir(path.join(root, '.chunks'), { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => entry.name)
}

describe('the time before which unused chunks are garbage', () => {
  const cutoff = 24 * HOUR + 5 * MINUTE

  it.each([
    { name: 'a day and five minutes ago when no backup runs', oldest: now, expected: now - cutoff },
    { name: 'the same when a backup began an hour ago', oldest: now - HOUR, expected: now - cutoff },
    { name: 'the same when one began just then', oldest: now - cutoff, expected: now - cutoff },
    {
      name: 'five minutes before a backup of two days',
      oldest: now - 48 * HOUR,
      expected: now - 48 * HOUR - 5 * MINUTE,
    },
  ])('is $name', ({ oldest, expected }) => {
    expect(thresholdOf(now, oldest, cutoff)).toBe(expected)
  })
})

describe('garbage collection', () => {
  it('removes what nothing refers to, keeps what is young, and marks what is used', async () => {
    const used = await writeSample(store, first, randomChunks(3))
    for (const digest of used.digests) await age(chunkPath(root, digest), 1000 * HOUR)
    const old = await putChunk('old', 25 * HOUR)
    const young = await putChunk('young', 24 * HOUR)
    const status = await collectGarbage(store, options, signal)
    expect(status).toMatchObject({
      indexFiles: 1,
      indexDataBytes: 9000n,
      diskChunks: 4,
      removedBytes: 10,
      removedChunks: 1,
      pendingBytes: 10,
      pendingChunks: 1,
      missingChunks: 0,
      damagedIndexes: [],
    })
    expect((await listChunks()).sort()).toEqual([...used.digests, young].sort())
    expect(await listChunks()).not.toContain(old)
    for (const digest of used.digests) expect((await stat(chunkPath(root, digest))).atimeMs).toBe(now)
  })

  it('keeps the chunks of a forgotten snapshot for a day', async () => {
    const { digests } = await writeSample(store, first, randomChunks(3))
    await forgetSnapshot(store, first)
    for (const digest of digests) await age(chunkPath(root, digest), HOUR)
    expect(await collectGarbage(store, options, signal)).toMatchObject({ removedChunks: 0, pendingChunks: 3 })
    const later = { now: () => now + 24 * HOUR }
    expect(await collectGarbage(store, later, signal)).toMatchObject({ removedChunks: 3, diskChunks: 0, diskBytes: 0 })
  })

  it('spares what was used since the oldest running backup began', async () => {
    await putChunk('before', 51 * HOUR)
    const during = await putChunk('during', 49 * HOUR)
    const margin = await putChunk('margin', 50 * HOUR + 4 * MINUTE)
    const backup = await store.locks.registerBackup(now - 50 * HOUR)
    expect(await collectGarbage(store, options, signal)).toMatchObject({ removedChunks: 1, pendingChunks: 1 })
    expect((await listChunks()).sort()).toEqual([during, margin].sort())
    await backup.release()
    expect(await collectGarbage(store, options, signal)).toMatchObject({ removedChunks: 2 })
  })

  it('keeps bad copies as long as nothing better is there and something refers to them', async () => {
    const { digests } = await writeSample(store, first, randomChunks(2))
    const [lost, whole] = digests as [Digest, Digest]
    await rename(chunkPath(root, lost), `${chunkPath(root, lost)}.3.bad`)
    await writeFile(`${chunkPath(root, whole)}.0.bad`, 'bad')
    for (const file of [`${chunkPath(root, lost)}.3.bad`, `${chunkPath(root, whole)}.0.bad`]) await age(file, 99 * HOUR)
    await putChunk('unused', 99 * HOUR, '.0.bad')
    expect(await collectGarbage(store, options, signal)).toMatchObject({
      removedBad: 2,
      stillBad: 1,
      missingChunks: 1,
      removedChunks: 0,
      diskChunks: 1,
    })
    expect((await listChunks()).sort()).toEqual([`${lost}.3.bad`, whole].sort())
  })

  it('marks indexes of unfinished snapshots and of folders that no listing shows', async () => {
    const { digests } = await writeSample(store, first, randomChunks(1))
    const other = await writeSample(store, second, randomChunks(1))
    for (const digest of [...digests, ...other.digests]) await age(chunkPath(root, digest), 99 * HOUR)
    await rm(archivePath(root, first, 'index.json.blob'))
    await rename(snapshotFolder(root, second), path.join(root, 'host', 'elsa', 'kept aside'))
    expect(await collectGarbage(store, options, signal)).toMatchObject({
      indexFiles: 2,
      removedChunks: 0,
      diskChunks: 2,
    })
  })

  it('removes nothing while an index is damaged, since its chunks are not known', async () => {
    await writeSample(store, first, randomChunks(1))
    await writeFile(archivePath(root, first, 'root.pxar.didx'), 'not an index')
    await putChunk('old', 99 * HOUR)
    const status = await collectGarbage(store, options, signal)
    expect(status).toMatchObject({
      removedChunks: 0,
      damagedIndexes: ['host/elsa/1970-01-01T00:16:40Z/root.pxar.didx'],
    })
    await forgetSnapshot(store, first)
    expect((await collectGarbage(store, options, signal)).removedChunks).toBe(2) // now its own chunk too
  })

  it('clears away chunks that were never finished, and brings back what a killed collection had condemned', async () => {
    const { digests } = await writeSample(store, first, randomChunks(2))
    const [one, two] = digests as [Digest, Digest]
    await rename(chunkPath(root, one), `${chunkPath(root, one)}.tmp_gc`)
    await age(`${chunkPath(root, one)}.tmp_gc`, HOUR)
    await writeFile(`${chunkPath(root, two)}.tmp_gc`, 'x')
    await putChunk('half old', 99 * HOUR, '.tmp_abc')
    await putChunk('half new', HOUR, '.tmp_def')
    await collectGarbage(store, options, signal)
    expect((await listChunks()).filter((name) => !name.endsWith('.tmp_def')).sort()).toEqual([one, two].sort())
    expect(await listChunks()).toHaveLength(3)
  })

  it('sees a snapshot that is finished behind its back, on a base that is then forgotten', async () => {
    const chunks = randomChunks(2)
    const other = { ...sampleGroup, backupId: 'zora' }
    await writeSample(store, { ...other, time: 500 }, randomChunks(1))
    const { digests } = await writeSample(store, first, chunks)
    for (const digest of digests) await age(chunkPath(root, digest), 99 * HOUR)
    let isMoved = false
    const pending: Promise<void>[] = []
    const onProgress = ({ phase }: GarbageProgress) => {
      if (phase !== 'mark' || isMoved) return
      isMoved = true
      // What a backup and a forget amount to: the same index under a new snapshot, the old one gone.
      pending.push(rename(snapshotFolder(root, first), snapshotFolder(root, second)))
    }
    await collectGarbage(store, { ...options, onProgress }, signal)
    await Promise.all(pending)
    expect(isMoved).toBe(true)
    expect(await listChunks()).toEqual(expect.arrayContaining([...digests]))
  })

  it('reports both phases and runs alone', async () => {
    await writeSample(store, first, randomChunks(1))
    const seen: GarbageProgress[] = []
    let second: Promise<unknown> | undefined
    const onProgress = (progress: GarbageProgress) => {
      seen.push(progress)
      // Only now is it certain that the first one has its lock.
      second ??= expect(collectGarbage(store, options, signal)).rejects.toMatchObject({ code: 'repository/locked' })
    }
    await collectGarbage(store, { ...options, onProgress }, signal)
    await second
    expect([seen[0], seen.at(-1)]).toEqual([
      { phase: 'mark', done: 1, total: 1 },
      { phase: 'sweep', done: 65_536, total: 65_536 },
    ])
    await collectGarbage(store, options, signal)
  })

  it('stops when it is told to, in either phase', async () => {
    await writeSample(store, first, randomChunks(1))
    for (const phase of ['mark', 'sweep']) {
      const abort = new AbortController()
      const onProgress = (progress: GarbageProgress) => {
        if (progress.phase === phase) abort.abort()
      }
      await expect(collectGarbage(store, { ...options, onProgress }, abort.signal)).rejects.toThrow('aborted')
    }
    await collectGarbage(store, options, signal)
  })

  it('refuses a cutoff that could take chunks from under a backup', async () => {
    await expect(collectGarbage(store, { ...options, cutoffMs: 0 }, signal)).rejects.toThrow('not safe')
  })
})
