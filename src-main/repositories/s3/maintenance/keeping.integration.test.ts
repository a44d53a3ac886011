import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { SnapshotRef } from '../../../../src-shared/model/snapshot.ts'
import { MANIFEST_NAME } from '../../../storage/datastore/layout.ts'
import { randomChunks } from '../../../storage/datastore/testing/sample-store.ts'
import { changeUnprotected, parseManifest } from '../../../storage/manifest.ts'
import { SealerPool } from '../../pxar-snapshot/sealer-pool.ts'
import type { Maintenance } from '../../repository.ts'
import type { BucketStore } from '../bucket-store.ts'
import { ownerName, snapshotFileName, snapshotPrefix } from '../object-names.ts'
import { inspectSnapshot, readSnapshotFile } from '../snapshot-listing.ts'
import { startS3Snapshot } from '../start-snapshot.ts'
import { describeWithCeph } from '../testing/ceph-programs.fixture.ts'
import { type Gateway, startGateway } from '../testing/gateway.fixture.ts'
import { changeManifest } from './change-manifest.ts'
import { createS3Maintenance } from './create-maintenance.ts'
import { forgetSnapshot } from './forget-snapshot.ts'
import {
  copyOut,
  dyingBucket,
  forgetLocks,
  interceptBucket,
  Killed,
  namesIn,
  openSampleStore,
  putBack,
  putSample,
  readBack,
  sampleGroup,
  signal,
  storeOf,
  writeSample,
} from './sample-bucket.fixture.ts'

const first = { ...sampleGroup, time: 1000 }
const second = { ...sampleGroup, time: 2000 }
const third = { ...sampleGroup, time: 3000 }

describeWithCeph('snapshots that are kept in a bucket, or not', () => {
  let gateway: Gateway
  let store: BucketStore
  let maintenance: Required<Pick<Maintenance, 'prune' | 'forget' | 'protect' | 'setNotes'>>
  beforeAll(async () => {
    gateway = await startGateway()
  })
  afterAll(() => gateway.close())
  beforeEach(async () => {
    store = await openSampleStore(gateway)
    maintenance = maintenanceOf(store)
  })

  test('a forgotten snapshot is gone, and its group with the last one', async () => {
    for (const ref of [first, second]) await writeSample(store, ref, randomChunks(1))
    await maintenance.forget(first)
    await expect(maintenance.forget(first)).rejects.toMatchObject({ code: 'snapshot/unknown' })
    expect(await namesIn(store, snapshotPrefix(first))).toEqual([])
    expect(await namesIn(store, ownerName(second))).toHaveLength(1)
    await maintenance.forget(second)
    expect(await namesIn(store, 'host/')).toEqual([])
    expect(await namesIn(store, '.locks/')).toEqual([])
  })

  test('a snapshot that is read or built upon stays; so does one that is being written', async () => {
    await writeSample(store, first, randomChunks(1))
    const reading = await store.locks.acquire({ kind: 'read', ref: first }, signal)
    await expect(maintenance.forget(first)).rejects.toMatchObject({ code: 'repository/locked' })
    await reading.release()
    const draft = await startS3Snapshot(store, second, { owner: 'root@pam', cache: undefined }, signal)
    await expect(maintenance.forget(first)).rejects.toMatchObject({ code: 'repository/locked' })
    await draft.putBlob('etc.conf.blob', Buffer.from('x'))
    await expect(maintenance.forget(second)).rejects.toMatchObject({ code: 'repository/locked' })
    await putSample(draft, second, randomChunks(1))
    expect((await readBack(store)).snapshots).toMatchObject([{ state: 'ok' }, { state: 'ok' }])
  })

  test('what a crash left of a snapshot can be forgotten', async () => {
    await writeSample(store, first, randomChunks(1))
    await store.bucket.delete([snapshotFileName(first, MANIFEST_NAME)], signal)
    await maintenance.forget(first)
    expect(await namesIn(store, 'host/')).toEqual([])
  })

  test('the rules decide what goes, but what is protected or in use stays; notes and protection are listed', async () => {
    const fourth = { ...sampleGroup, time: 4000 }
    for (const ref of [first, second, third, fourth]) await writeSample(store, ref, randomChunks(1))
    await writeSample(store, { ...first, backupId: 'other' }, randomChunks(1))
    await maintenance.protect(first, true)
    await maintenance.setNotes(first, 'before the move')
    await expect(maintenance.forget(first)).rejects.toMatchObject({ code: 'snapshot/protected' })
    const reading = await store.locks.acquire({ kind: 'read', ref: second }, signal)
    const prune = async (dryRun: boolean) => {
      const wish = { namespace: '', backupId: 'elsa' }
      const decisions = await maintenance.prune(wish, { last: 1 }, { dryRun }, signal)
      return decisions.map(({ ref, keep, protected: isProtected }) => [ref.time, keep, isProtected])
    }
    expect(await prune(true)).toEqual([
      ...[[1000, true, true]],
      ...[[2000, false, false]],
      ...[[3000, false, false]],
      ...[[4000, true, false]],
    ])
    expect(await prune(false)).toEqual([
      ...[[1000, true, true]],
      ...[[2000, true, false]],
      ...[[3000, false, false]],
      ...[[4000, true, false]],
    ])
    await reading.release()
    const { snapshots } = await readBack(store)
    expect(snapshots.map(({ ref, state }) => [ref.backupId, ref.time, state])).toEqual([
      ...[['elsa', 1000, 'ok']],
      ...[['elsa', 2000, 'ok']],
      ...[['elsa', 4000, 'ok']],
      ...[['other', 1000, 'ok']],
    ])
    expect(await notesOf(first)).toBe('before the move')
    await maintenance.protect(first, false)
    await maintenance.forget(first)
    await expect(maintenance.protect(first, true)).rejects.toMatchObject({ code: 'snapshot/unknown' })
    await expect(maintenance.setNotes(first, 'x')).rejects.toMatchObject({ code: 'snapshot/unknown' })
    expect(await namesIn(store, snapshotPrefix(first))).toEqual([])
  })

  async function notesOf(ref: SnapshotRef): Promise<string | null | undefined> {
    return parseManifest(await readSnapshotFile(store.bucket, ref, MANIFEST_NAME, signal)).unprotected.notes
  }

  test('two who change a manifest at once both get their way; a forgotten one does not come back', async () => {
    await writeSample(store, first, randomChunks(1))
    let meanwhile = async () => {
      const found = await store.bucket.get(snapshotFileName(first, MANIFEST_NAME), 1 << 20, signal)
      const changed = changeUnprotected(found?.bytes ?? new Uint8Array(), {
        verify_state: { state: 'ok', upid: 'of somebody who knows no locks' },
      })
      await store.bucket.put(snapshotFileName(first, MANIFEST_NAME), changed, signal)
    }
    let isFirst = true
    const late = interceptBucket(store.bucket, async (method, names, send) => {
      if (isFirst && method === 'put' && names[0]?.endsWith(MANIFEST_NAME)) {
        isFirst = false
        await meanwhile()
      }
      return await send()
    })
    const note = (blob: Uint8Array) => changeUnprotected(blob, { notes: 'mine' })
    await changeManifest(storeOf(late), first, note, signal)
    const { unprotected } = parseManifest(await readSnapshotFile(store.bucket, first, MANIFEST_NAME, signal))
    expect(unprotected).toMatchObject({ notes: 'mine', verify_state: { state: 'ok' } })
    meanwhile = () => store.bucket.delete([snapshotFileName(first, MANIFEST_NAME)], signal)
    isFirst = true
    const change = changeManifest(storeOf(late), first, note, signal)
    await expect(change).rejects.toMatchObject({ code: 'snapshot/unknown' })
    expect((await inspectSnapshot(store.bucket, first, signal))?.isFinished).toBe(false)
  })

  test('who dies at any request of forgetting, pruning or noting leaves snapshots that are whole or gone', async () => {
    const shared = randomChunks(1)
    for (const ref of [first, second, third]) await writeSample(store, ref, [...shared, ...randomChunks(1)])
    const start = await copyOut(store)
    const works: readonly ((dying: BucketStore) => Promise<unknown>)[] = [
      (dying) => forgetSnapshot(dying, first, signal),
      (dying) => maintenanceOf(dying).prune({ namespace: '' }, { last: 1 }, { dryRun: false }, signal),
      (dying) => maintenanceOf(dying).setNotes(first, 'a note'),
      (dying) => maintenanceOf(dying).protect(first, true),
    ]
    for (const work of works) {
      let isKilled = true
      for (let at = 1; isKilled; at++) {
        await putBack(store, start)
        const dying = storeOf(dyingBucket(store.bucket, at))
        isKilled = await work(dying).then(() => false, expectKilled)
        await dying.locks.close()
        await forgetLocks(store)
        const { snapshots, corrupt } = await readBack(store)
        expect({ at, corrupt, failed: snapshots.filter(({ state }) => state !== 'ok') }).toEqual({
          ...{ at, corrupt: [], failed: [] },
        })
        expect(snapshots.at(-1)?.ref).toEqual(third)
      }
    }
  })
})

function maintenanceOf(store: BucketStore) {
  const open = () => Promise.reject(new Error('nobody reads here'))
  const made = createS3Maintenance(store, { keys: [], sealers: new SealerPool(0), now: Date.now, open })
  const { prune, forget, protect, setNotes } = made
  if (!(prune && forget && protect && setNotes)) throw new Error('it cannot do everything')
  return { prune, forget, protect, setNotes }
}

function expectKilled(error: unknown): true {
  expect(error).toBeInstanceOf(Killed)
  return true
}
