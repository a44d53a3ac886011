import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { HoldfastError } from '../../../../src-shared/errors.ts'
import type { Digest } from '../../../../src-shared/model/digest.ts'
import { encodeBlob } from '../../../storage/blob.ts'
import { plainDigest } from '../../../storage/crypt-config.ts'
import { randomChunks } from '../../../storage/datastore/testing/sample-store.ts'
import type { BucketStore } from '../bucket-store.ts'
import { chunkName, snapshotFileName, snapshotPrefix } from '../object-names.ts'
import { startS3Snapshot } from '../start-snapshot.ts'
import { describeWithCeph } from '../testing/ceph-programs.fixture.ts'
import { type Gateway, startGateway } from '../testing/gateway.fixture.ts'
import { collectGarbage } from './collect-garbage.ts'
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
import { readStoreClock } from './store-clock.ts'

const MINUTE = 60_000
const GRACE = (24 * 60 + 5) * MINUTE
const first = { ...sampleGroup, time: 1000 }
const second = { ...sampleGroup, time: 2000 }
const other = { namespace: '', type: 'vm', backupId: 'zora', time: 3000 } as const
const index = 'root.pxar.didx'
const onProgress = () => undefined

/** A collection that much later by the clock of the store; a day and ten minutes unless told otherwise. */
function later(laterMs = GRACE + 5 * MINUTE) {
  const readClock: typeof readStoreClock = async (bucket, abort) => (await readStoreClock(bucket, abort)) + laterMs
  return { onProgress, readClock }
}

describeWithCeph('garbage in a bucket', () => {
  let gateway: Gateway
  let store: BucketStore
  beforeAll(async () => {
    gateway = await startGateway()
  })
  afterAll(() => gateway.close())
  beforeEach(async () => {
    store = await openSampleStore(gateway)
  })

  async function putChunk(text: string, suffix = ''): Promise<Digest> {
    const digest = plainDigest(Buffer.from(text))
    await store.bucket.put(`${chunkName(digest)}${suffix}`, encodeBlob(Buffer.from(text), { compress: false }), signal)
    return digest
  }

  const chunks = async () => await namesIn(store, '.chunks/')

  test('what nothing refers to goes when it is old; what is used stays, and everything is counted', async () => {
    const used = await writeSample(store, first, randomChunks(3))
    const unused = await putChunk('unused') // 6 bytes behind a header of 12
    const before = await chunks()
    const usedBytes = await sizeOf(used)
    expect(await collectGarbage(store, later(GRACE - 2 * MINUTE), signal)).toEqual({
      ...{ removedBytes: 0, removedChunks: 0, pendingBytes: 18, pendingChunks: 1 },
      ...{ diskBytes: usedBytes + 18, diskChunks: 4 },
    })
    expect(await chunks()).toEqual(before)
    expect(await collectGarbage(store, later(), signal)).toEqual({
      ...{ removedBytes: 18, removedChunks: 1, pendingBytes: 0, pendingChunks: 0 },
      ...{ diskBytes: usedBytes, diskChunks: 3 },
    })
    expect(await chunks()).toEqual(used.map(chunkName).sort())
    expect(used).not.toContain(unused)
    await forgetSnapshot(store, first, signal)
    expect(await collectGarbage(store, later(), signal)).toMatchObject({
      removedChunks: 3,
      diskChunks: 0,
      diskBytes: 0,
    })
    expect(await namesIn(store)).toEqual([])
  })

  async function sizeOf(digests: readonly Digest[]): Promise<number> {
    let sum = 0
    for (const digest of digests) sum += (await store.bucket.head(chunkName(digest), signal))?.sizeBytes ?? 0
    return sum
  }

  test('more than one request can delete goes in batches', async () => {
    const blob = Buffer.alloc(8)
    const digests = Array.from({ length: 1005 }, (_, i) => plainDigest(Buffer.from(`${i}`)))
    await putBack(store, new Map(digests.map((digest) => [chunkName(digest), blob])))
    const result = await collectGarbage(store, later(), signal)
    expect(result).toMatchObject({ removedChunks: 1005, removedBytes: 8040, diskChunks: 0, diskBytes: 0 })
    expect(await chunks()).toEqual([])
  })

  test('damaged copies stay while nothing better is there and something refers to them', async () => {
    const [lost, whole] = await writeSample(store, first, randomChunks(2))
    if (lost === undefined || whole === undefined) throw new Error('nothing was stored')
    await store.bucket.put(`${chunkName(lost)}.3.bad`, Buffer.from('bad'), signal)
    await store.bucket.put(chunkName(lost), new Uint8Array(), signal)
    await store.bucket.put(`${chunkName(whole)}.0.bad`, Buffer.from('bad'), signal)
    const unused = await putChunk('unused', '.0.bad')
    await store.bucket.put(chunkName(unused), new Uint8Array(), signal)
    expect(await collectGarbage(store, later(), signal)).toMatchObject({ removedChunks: 0, diskChunks: 1 })
    expect(await chunks()).toEqual([chunkName(lost), `${chunkName(lost)}.3.bad`, chunkName(whole)].sort())
  })

  test('what is not a chunk is left alone', async () => {
    const digest = plainDigest(Buffer.from('x'))
    const names = ['.chunks/README', `.chunks/0000/${digest}`, `${chunkName(digest)}.txt`, '.hidden/x', 'notes.txt']
    for (const name of names) await store.bucket.put(name, Buffer.from('x'), signal)
    await collectGarbage(store, later(), signal)
    expect(await namesIn(store)).toEqual(names.sort())
  })

  test('indexes of unfinished snapshots and of folders that no listing shows count too', async () => {
    const kept = await writeSample(store, first, randomChunks(1))
    const aside = await writeSample(store, second, randomChunks(1))
    await store.bucket.delete([snapshotFileName(first, 'index.json.blob')], signal)
    await store.bucket.copy(snapshotFileName(second, index), 'host/elsa/kept aside/root.pxar.didx', signal)
    await forgetSnapshot(store, second, signal)
    expect(await collectGarbage(store, later(), signal)).toMatchObject({ removedChunks: 0, diskChunks: 2 })
    expect(await chunks()).toEqual([...kept, ...aside].map(chunkName).sort())
  })

  test('snapshots that were never finished go after a day, and their chunks the time after', async () => {
    await writeSample(store, second, randomChunks(1))
    await writeSample(store, { ...other, namespace: '' }, randomChunks(1))
    await store.bucket.delete([snapshotFileName(other, 'index.json.blob')], signal)
    await store.bucket.put(`${snapshotPrefix(second)}deep/er`, Buffer.from('x'), signal)
    await collectGarbage(store, later(GRACE - 2 * MINUTE), signal)
    expect(await namesIn(store, snapshotPrefix(other))).toEqual([snapshotFileName(other, index)])
    expect(await collectGarbage(store, later(), signal)).toMatchObject({ removedChunks: 0, diskChunks: 2 })
    expect(await namesIn(store, snapshotPrefix(other))).toEqual([])
    expect(await namesIn(store, snapshotPrefix(second))).toHaveLength(3)
    expect(await collectGarbage(store, later(), signal)).toMatchObject({ removedChunks: 1, diskChunks: 1 })
    expect((await readBack(store)).corrupt).toEqual([])
  })

  test.each([
    ['is no index', () => Buffer.from('not an index')],
    ['has a flipped bit', (bytes: Buffer) => bytes.with(4100, (bytes[4100] ?? 0) ^ 1)],
    ['is cut off', (bytes: Buffer) => bytes.subarray(0, bytes.length - 40)],
  ])('nothing is removed while an index %s, since its chunks are not known', async (_, damage) => {
    await writeSample(store, first, randomChunks(2))
    const found = await store.bucket.get(snapshotFileName(first, index), 1 << 20, signal)
    await store.bucket.put(snapshotFileName(first, index), damage(found?.bytes ?? Buffer.alloc(0)), signal)
    await putChunk('unused')
    const before = await namesIn(store)
    const failure = await collectGarbage(store, later(), signal).catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'index/corrupt', detail: snapshotFileName(first, index) })
    expect(await namesIn(store)).toEqual(before)
    await forgetSnapshot(store, first, signal)
    expect((await collectGarbage(store, later(), signal)).removedChunks).toBe(3)
  })

  test('nobody collects while a backup runs, and says so before reading anything', async () => {
    const draft = await startS3Snapshot(store, first, { owner: 'root@pam', cache: undefined }, signal)
    const read: string[] = []
    const seen = interceptBucket(store.bucket, async (method, names, send) => {
      if (!names[0]?.startsWith('.locks/')) read.push(`${method} ${names[0]}`)
      return await send()
    })
    const refused = collectGarbage(storeOf(seen), later(), signal)
    await expect(refused).rejects.toMatchObject({ code: 'repository/locked' })
    expect(read).toEqual([])
    await putSample(draft, first, randomChunks(1))
    expect(await collectGarbage(store, later(), signal)).toMatchObject({ removedChunks: 0, diskChunks: 1 })
  })

  test('a backup that comes in at any moment and counts on old chunks has them all', async () => {
    const old = randomChunks(4)
    await writeSample(store, first, old)
    await forgetSnapshot(store, first, signal)
    const start = await copyOut(store)
    const outcomes = new Set<string>()
    for (let at = 1, isThere = true; isThere; at++) {
      await putBack(store, start)
      let count = 0
      const visited = interceptBucket(store.bucket, async (_method, _names, send) => {
        if (++count === at) outcomes.add(await backUp(old))
        return await send()
      })
      await collectGarbage(storeOf(visited), later(), signal).catch(expectLocked)
      isThere = count >= at
      const { corrupt, snapshots } = await readBack(store)
      expect({ at, corrupt, problems: snapshots.flatMap(({ problems }) => problems) }).toEqual({
        ...{ at, corrupt: [], problems: [] },
      })
    }
    expect([...outcomes].sort()).toEqual(['refused', 'written'])
  })

  async function backUp(content: readonly Uint8Array[]): Promise<string> {
    try {
      await writeSample(storeOf(store.bucket), second, content)
      return 'written'
    } catch (error) {
      expectLocked(error)
      return 'refused'
    }
  }

  test('a collection that dies at any request costs no chunk that is used, and the next one ends its work', async () => {
    const shared = randomChunks(2)
    await writeSample(store, first, [...shared, ...randomChunks(2)])
    const used = await writeSample(store, second, [...shared, ...randomChunks(1)])
    await forgetSnapshot(store, first, signal)
    await writeSample(store, other, randomChunks(1))
    await store.bucket.delete([snapshotFileName(other, 'index.json.blob')], signal)
    const start = await copyOut(store)
    let isKilled = true
    for (let at = 1; isKilled; at++) {
      await putBack(store, start)
      const dying = storeOf(dyingBucket(store.bucket, at))
      isKilled = await collectGarbage(dying, later(), signal).then(() => false, expectKilled)
      await dying.locks.close()
      await forgetLocks(store)
      expect(await readBack(store)).toMatchObject({ corrupt: [], snapshots: [{ ref: second, state: 'ok' }] })
    }
    for (let round = 0; round < 2; round++) await collectGarbage(store, later(), signal)
    expect(await chunks()).toEqual(used.map(chunkName).sort())
    expect(await namesIn(store, snapshotPrefix(other))).toEqual([])
  })

  test('a cancelled collection ends its last request before others may write', async () => {
    await putChunk('unused')
    const abort = new AbortController()
    const reason = new Error('stopped by the person')
    const slow = interceptBucket(store.bucket, async (method, names, send) => {
      if (method !== 'delete' || !names[0]?.startsWith('.chunks/')) return await send()
      abort.abort(reason)
      expect(await namesIn(store, '.locks/sweep')).toHaveLength(1)
      return await send()
    })
    await collectGarbage(storeOf(slow), later(), abort.signal).catch((error) => expect(error).toBe(reason))
    expect([await chunks(), await namesIn(store, '.locks/')]).toEqual([[], []])
  })

  test('a collection that gets no answer keeps others from writing until it is surely over', async () => {
    await putChunk('unused')
    const silent = interceptBucket(store.bucket, async (method, names, send) => {
      if (method !== 'delete' || !names[0]?.startsWith('.chunks/')) return await send()
      throw new HoldfastError('repository/unreachable')
    })
    const failed = collectGarbage(storeOf(silent), later(), signal)
    await expect(failed).rejects.toMatchObject({ code: 'repository/unreachable' })
    await expect(writeSample(store, first, randomChunks(1))).rejects.toMatchObject({ code: 'repository/locked' })
    await forgetLocks(store)
    await writeSample(store, first, randomChunks(1))
  })

  test('a collector whose lock is taken for dead removes nothing more', async () => {
    await putChunk('unused')
    const before = await chunks()
    let isSwept = false
    const robbed = interceptBucket(store.bucket, async (method, names, send) => {
      if (method === 'delete' && names[0]?.startsWith('.chunks/')) isSwept = true
      // The last look at what is stored comes under the lock.
      if (method === 'list' && names[0] === 'ns/') await forgetLocks(store)
      return await send()
    })
    const refused = collectGarbage(storeOf(robbed), later(), signal)
    await expect(refused).rejects.toMatchObject({ code: 'repository/locked' })
    expect([isSwept, await chunks()]).toEqual([false, before])
  })
})

function expectLocked(error: unknown): void {
  expect(error).toMatchObject({ code: 'repository/locked' })
}

function expectKilled(error: unknown): true {
  expect(error).toBeInstanceOf(Killed)
  return true
}
