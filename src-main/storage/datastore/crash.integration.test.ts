import { mkdtemp, readdir, rm, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openChunk } from '../seal/open-chunk.ts'
import type { Datastore } from './datastore.ts'
import { collectGarbage } from './garbage-collection.ts'
import { chunkPath, isTemporaryName } from './layout.ts'
import { createCalendar } from './local-calendar.ts'
import { pruneGroup } from './prune-group.ts'
import { setProtected } from './snapshot-dir.ts'
import { listSnapshots } from './snapshot-list.ts'
import { formatTaskId } from './task-id.ts'
import { runChild } from './testing/child-script.ts'
import { createSmallStore, randomChunks, sampleGroup, writeSample } from './testing/sample-store.ts'
import { verifyDatastore } from './verify.ts'

const DAY = 86_400
const signal = new AbortController().signal
const calendar = createCalendar('UTC')
const taskId = formatTaskId({
  node: 'localhost',
  pid: 1,
  processStart: 0,
  counter: 0,
  startedAt: 1_700_000_000,
  type: 'verify',
  workerId: 'store',
  authId: 'root@pam',
})

let root: string
let store: Datastore

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'crash-'))
  store = await createSmallStore(root)
})

afterEach(async () => {
  await rm(root, { recursive: true, force: true })
})

/** How many snapshots the store has, all of which must verify. */
async function countSound(): Promise<number> {
  const openerFor = () => ({
    open: (blob: Uint8Array, chunk: Parameters<typeof openChunk>[1]) => Promise.resolve(openChunk(blob, chunk)),
  })
  const report = await verifyDatastore(store, { taskId, concurrency: 4, openerFor }, signal)
  expect(report.snapshots.filter(({ state }) => state !== 'ok')).toEqual([])
  return report.snapshots.length
}

async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(path.join(root, folder), { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name))
}

describe('a process that is killed', () => {
  it('in the middle of a backup leaves every finished snapshot whole, and the next backup goes on', async () => {
    for (let round = 0; round < 6; round++) {
      const child = runChild(
        root,
        `import { openDatastore } from 'ds/datastore.ts'
         import { randomChunks, sampleGroup, writeSample } from 'ds/testing/sample-store.ts'
         const store = await openDatastore(root)
         for (let n = 1; ; n++) {
           await writeSample(store, { ...sampleGroup, time: ${(round + 1) * 1_000_000} + n }, randomChunks(20))
           if (n === 1) console.log('one is whole')
         }`,
      )
      await child.line()
      await delay(round * 23)
      await child.kill()
      await countSound()
    }
    expect(await countSound()).toBeGreaterThanOrEqual(6)
    await writeSample(store, { ...sampleGroup, time: 90_000_000 }, randomChunks(1))
    for await (const { isFinished } of listSnapshots(store, sampleGroup)) expect(isFinished).toBe(true)
    // What the killed ones had half written goes with the next collections, a day later.
    await collectGarbage(store, { now: () => Date.now() + 2 * DAY * 1000 }, signal)
    expect((await listFiles('.chunks')).filter((file) => isTemporaryName(file))).toEqual([])
    await countSound()
  })

  it('in the middle of pruning leaves snapshots that are whole or gone', async () => {
    for (let n = 1; n <= 60; n++) await writeSample(store, { ...sampleGroup, time: n * DAY }, randomChunks(1, 100))
    await setProtected(store, { ...sampleGroup, time: 2 * DAY }, true)
    for (let round = 0; round < 4; round++) {
      const child = runChild(
        root,
        `import { openDatastore } from 'ds/datastore.ts'
         import { createCalendar } from 'ds/local-calendar.ts'
         import { pruneGroup } from 'ds/prune-group.ts'
         import { sampleGroup } from 'ds/testing/sample-store.ts'
         const store = await openDatastore(root)
         const options = { retention: { last: 3 }, calendar: createCalendar('UTC'), isDryRun: false }
         console.log('go')
         await pruneGroup(store, sampleGroup, options, new AbortController().signal)`,
      )
      await child.line()
      await delay(5 + round * 4)
      await child.kill()
      expect(await countSound()).toBeGreaterThanOrEqual(4)
    }
    const options = { retention: { last: 3 }, calendar, isDryRun: false }
    const pruned = await pruneGroup(store, sampleGroup, options, signal)
    expect(pruned.filter(({ keep }) => keep).map(({ ref, reason }) => [ref.time / DAY, reason])).toEqual([
      [2, 'protected'],
      [58, 'last'],
      [59, 'last'],
      [60, 'last'],
    ])
    expect(await countSound()).toBe(4)
    expect(await Array.fromAsync(listSnapshots(store, sampleGroup))).toHaveLength(4)
  })

  it('in the middle of garbage collection costs no chunk that is used', async () => {
    const kept = await writeSample(store, { ...sampleGroup, time: DAY }, randomChunks(100, 100))
    for (let round = 0; round < 4; round++) {
      const draft = randomChunks(300, 100)
      const { digests, ref } = await writeSample(store, { ...sampleGroup, time: (round + 2) * DAY }, draft)
      await pruneGroup(store, ref, { retention: { last: 9 }, calendar, isDryRun: true }, signal)
      await rm(path.join(root, 'host', 'elsa', `1970-01-0${round + 3}T00:00:00Z`), { recursive: true })
      for (const digest of [...digests, ...kept.digests]) await utimes(chunkPath(root, digest), 1000, 1000)
      const child = runChild(
        root,
        `import { openDatastore } from 'ds/datastore.ts'
         import { collectGarbage } from 'ds/garbage-collection.ts'
         const store = await openDatastore(root)
         const onProgress = ({ phase }) => phase === 'mark' && console.log('marked')
         await collectGarbage(store, { now: Date.now, onProgress }, new AbortController().signal)`,
      )
      await child.line()
      await delay(20 + round * 150)
      await child.kill()
    }
    const status = await collectGarbage(store, { now: Date.now }, signal)
    expect(status).toMatchObject({ diskChunks: 100, missingChunks: 0 })
    expect(await listFiles('.chunks')).toHaveLength(100)
    expect(await countSound()).toBe(1)
  })

  it('lets a backup that re-uses old chunks win against a collection in another process', async () => {
    const chunks = randomChunks(40, 100)
    const { digests } = await writeSample(store, { ...sampleGroup, time: DAY }, chunks)
    await rm(path.join(root, 'host'), { recursive: true })
    const makeOld = () => Promise.all(digests.map((digest) => utimes(chunkPath(root, digest), 1000, 1000)))
    await makeOld()
    const collector = runChild(
      root,
      `import { openDatastore } from 'ds/datastore.ts'
       import { collectGarbage } from 'ds/garbage-collection.ts'
       const store = await openDatastore(root)
       console.log('go')
       for (let n = 0; n < 5; n++) await collectGarbage(store, { now: Date.now }, new AbortController().signal)
       console.log('done')`,
    )
    await collector.line()
    let isDone = false
    const done = collector.line().then(() => {
      isDone = true
    })
    for (let n = 2; !isDone; n++) {
      await writeSample(store, { ...sampleGroup, time: n * DAY }, chunks)
      await countSound()
      await rm(path.join(root, 'host'), { recursive: true })
      await makeOld().catch(() => undefined) // some of them were just removed
    }
    await done
    await collector.end()
  })
})
