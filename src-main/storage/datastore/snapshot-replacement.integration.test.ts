import { mkdtemp, readdir, rename, rm, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { HoldfastError } from '../../../src-shared/errors.ts'
import { openChunk } from '../seal/open-chunk.ts'
import { type Datastore, openDatastore } from './datastore.ts'
import { collectGarbage } from './garbage-collection.ts'
import { REPLACING_FOLDER } from './recover-replacements.ts'
import { addSnapshotFile, readSnapshotFile, setProtected, updateManifest } from './snapshot-dir.ts'
import { listSnapshots } from './snapshot-list.ts'
import { startReplacement } from './snapshot-replacement.ts'
import { formatTaskId } from './task-id.ts'
import { runChild } from './testing/child-script.ts'
import { createSmallStore, randomChunks, sampleGroup, sampleManifest, writeSample } from './testing/sample-store.ts'
import { verifyDatastore } from './verify.ts'

const DAY_MS = 86_400_000
const signal = new AbortController().signal
const ref = { ...sampleGroup, time: 86_400 }
const taskId = formatTaskId({
  ...{ node: 'localhost', pid: 1, processStart: 0, counter: 0, startedAt: 1_700_000_000 },
  ...{ type: 'verify', workerId: 'store', authId: 'root@pam' },
})

let root: string
let store: Datastore

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'replace-'))
  store = await createSmallStore(root)
})
afterEach(async () => {
  await rm(root, { recursive: true, force: true })
})

const leftovers = async () => await readdir(path.join(root, REPLACING_FOLDER)).catch(() => [])

/** The snapshots that are listed, all of which must verify. */
async function sound(): Promise<number[]> {
  const openerFor = () => ({
    open: (blob: Uint8Array, chunk: Parameters<typeof openChunk>[1]) => Promise.resolve(openChunk(blob, chunk)),
  })
  const { snapshots } = await verifyDatastore(store, { taskId, concurrency: 4, openerFor }, signal)
  expect(snapshots.filter(({ state }) => state !== 'ok')).toEqual([])
  return snapshots.map((snapshot) => snapshot.ref.time)
}

/** Chunks of the index in the snapshot's place. */
async function chunkCount(): Promise<number> {
  const bytes = await readSnapshotFile(store, ref, 'root.pxar.didx')
  return (bytes.length - 4096) / 40
}

/** What a child process needs to replace the snapshot of three chunks by one of five; `disk` is where it dies. */
const replaceIn = (disk: string) =>
  `
  import { openDatastore } from 'ds/datastore.ts'
  import { exchangeFolders } from '../../os/exchange-folders.ts'
  import { rename } from 'node:fs/promises'
  import { startReplacement } from 'ds/snapshot-replacement.ts'
  import { randomChunks, putSample } from 'ds/testing/sample-store.ts'
  const die = () => process.kill(process.pid, 'SIGKILL')
  const store = await openDatastore(root)
  const replacement = await startReplacement(store, ${JSON.stringify(ref)}, { now: Date.now, canBeProtected: false, disk: ${disk} })
  await putSample(store, replacement.draft, randomChunks(5))
  console.log('written')
  await replacement.swap((_old, fresh) => fresh)
  console.log('swapped')`.replace("'../../os/", `'${new URL('../../os/', import.meta.url).href}`)

const places = {
  'before the two change places': ['{ exchange: die, rename }', 3],
  'after they changed places at once': ['{ exchange: (a, b) => { exchangeFolders(a, b); die() }, rename }', 5],
  'before the old one goes, where two renames are needed': ['{ exchange: () => false, rename: die }', 3],
  'between the two renames': [
    '{ exchange: () => false, rename: async (a, b) => { if (b.endsWith("old")) await rename(a, b); else die() } }',
    5,
  ],
  'after the two renames': [
    '{ exchange: () => false, rename: async (a, b) => { await rename(a, b); if (!b.endsWith("old")) die() } }',
    5,
  ],
} as const

describe('a process that is killed', () => {
  for (const [name, [disk, chunks]] of Object.entries(places)) {
    it(`${name} leaves one of the two, whole`, async () => {
      await writeSample(store, ref, randomChunks(3))
      const child = runChild(root, replaceIn(disk))
      expect(await child.line()).toBe('written')
      await child.end()
      store = await openDatastore(root)
      expect(await sound()).toEqual([ref.time])
      expect(await chunkCount()).toBe(chunks)
      expect(await leftovers()).toEqual([])
    })
  }

  it('loses no chunk to a collection that comes between the two renames', async () => {
    await writeSample(store, ref, randomChunks(3))
    const [disk] = places['between the two renames']
    await runChild(root, replaceIn(disk)).end()
    const chunks = await readdir(path.join(root, '.chunks'), { recursive: true })
    const files = chunks.filter((file) => /[0-9a-f]{64}$/.test(file))
    expect(files).toHaveLength(8)
    for (const file of files) await utimes(path.join(root, '.chunks', file), 1000, 1000)
    // This store was opened before: it knows nothing of what happened meanwhile.
    expect(await collectGarbage(store, { now: Date.now }, signal)).toMatchObject({ removedChunks: 0, diskChunks: 8 })
    store = await openDatastore(root)
    expect(await sound()).toEqual([ref.time])
    expect(await collectGarbage(store, { now: () => Date.now() + 2 * DAY_MS }, signal)).toMatchObject({
      removedChunks: 3,
      diskChunks: 5,
    })
  })
})

describe('a replacement', () => {
  const options = { now: Date.now, canBeProtected: false }

  it('keeps notes that were written meanwhile, the log, the protection and the files that are taken over', async () => {
    await writeSample(store, ref, randomChunks(3))
    await addSnapshotFile(store, ref, 'client.log.blob', Buffer.from('log'))
    await setProtected(store, ref, true)
    await expect(startReplacement(store, ref, options)).rejects.toMatchObject({ code: 'snapshot/protected' })
    const conf = await readSnapshotFile(store, ref, 'etc.conf.blob')
    const replacement = await startReplacement(store, ref, { ...options, canBeProtected: true })
    await replacement.keepFile('etc.conf.blob')
    await replacement.keepFile('root.pxar.didx')
    await replacement.draft.commit(sampleManifest(ref, []))
    await updateManifest(store, ref, () => sampleManifest(ref, [], { notes: 'meanwhile' }))
    await replacement.swap((old) => old)
    expect(await readSnapshotFile(store, ref, 'index.json.blob')).toEqual(
      Buffer.from(sampleManifest(ref, [], { notes: 'meanwhile' })),
    )
    expect(await readSnapshotFile(store, ref, 'etc.conf.blob')).toEqual(conf)
    expect(await readSnapshotFile(store, ref, 'client.log.blob')).toEqual(Buffer.from('log'))
    const [listed] = await Array.fromAsync(listSnapshots(store, sampleGroup))
    expect(listed).toMatchObject({ isFinished: true, isProtected: true })
    expect(await leftovers()).toEqual([])
  })

  it('refuses a snapshot that is being read or is not there, and lets nobody read it meanwhile', async () => {
    await expect(startReplacement(store, ref, options)).rejects.toMatchObject({ code: 'snapshot/unknown' })
    await writeSample(store, ref, randomChunks(1))
    const reading = await store.locks.lockSnapshot(ref, 'shared')
    await expect(startReplacement(store, ref, options)).rejects.toMatchObject({ code: 'repository/locked' })
    await reading.release()
    const replacement = await startReplacement(store, ref, options)
    await expect(store.locks.lockSnapshot(ref, 'shared')).rejects.toBeInstanceOf(HoldfastError)
    await replacement.draft.discard()
    await replacement.draft.discard()
    expect(await leftovers()).toEqual([])
    await (await store.locks.lockSnapshot(ref, 'exclusive')).release()
    expect(await sound()).toEqual([ref.time])
  })

  it('is left alone by others who open the store while it is being written', async () => {
    await writeSample(store, ref, randomChunks(3))
    const replacement = await startReplacement(store, ref, options)
    await openDatastore(root)
    expect(await leftovers()).toHaveLength(1)
    await replacement.draft.writeFile('etc.conf.blob', Buffer.from('x'))
    await replacement.draft.discard()
    expect(await chunkCount()).toBe(3)
  })

  it('goes back when the disk fails between the two renames', async () => {
    await writeSample(store, ref, randomChunks(3))
    const failing = async (from: string, to: string) => {
      if (from.endsWith('new')) throw Object.assign(new Error('EIO'), { code: 'EIO' })
      await rename(from, to)
    }
    const replacement = await startReplacement(store, ref, {
      ...options,
      disk: { exchange: () => false, rename: failing },
    })
    await replacement.draft.commit(sampleManifest(ref, []))
    await expect(replacement.swap((_old, fresh) => fresh)).rejects.toMatchObject({ code: 'EIO' })
    await replacement.draft.discard()
    store = await openDatastore(root)
    expect(await sound()).toEqual([ref.time])
    expect(await leftovers()).toEqual([])
  })
})
