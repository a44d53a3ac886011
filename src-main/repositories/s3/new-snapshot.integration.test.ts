import { afterAll, beforeAll, expect, test } from 'vitest'
import { HoldfastError } from '../../../src-shared/errors.ts'
import { MANIFEST_NAME } from '../../storage/datastore/layout.ts'
import { randomChunks } from '../../storage/datastore/testing/sample-store.ts'
import {
  forgetLocks,
  interceptBucket,
  openSampleStore,
  putSample,
  readBack,
  sampleGroup,
  signal,
  storeOf,
  writeSample,
} from './maintenance/sample-bucket.fixture.ts'
import { snapshotFileName } from './object-names.ts'
import { startS3Snapshot } from './start-snapshot.ts'
import { describeWithCeph } from './testing/ceph-programs.fixture.ts'
import { type Gateway, startGateway } from './testing/gateway.fixture.ts'

const ref = { ...sampleGroup, time: 1000 }
const next = { ...sampleGroup, time: 2000 }
const options = { owner: 'root@pam', cache: undefined }

describeWithCeph('the last step of a new snapshot', () => {
  let gateway: Gateway
  beforeAll(async () => {
    gateway = await startGateway()
  })
  afterAll(() => gateway.close())

  test('a manifest that arrives after its writer gave up is that of a whole snapshot', async () => {
    const store = await openSampleStore(gateway)
    let arrive: (() => Promise<unknown>) | undefined
    const slow = interceptBucket(store.bucket, async (method, names, send) => {
      if (method !== 'put' || names[0] !== snapshotFileName(ref, MANIFEST_NAME)) return await send()
      arrive = send
      throw new HoldfastError('repository/unreachable')
    })
    const draft = await startS3Snapshot(storeOf(slow), ref, options, signal)
    await expect(putSample(draft, ref, randomChunks(2))).rejects.toMatchObject({ code: 'repository/unreachable' })
    await draft.discard()
    // Who came now would clear away what has no manifest yet.
    await expect(writeSample(store, next, randomChunks(1))).rejects.toMatchObject({ code: 'repository/locked' })
    await arrive?.()
    await forgetLocks(store)
    expect(await readBack(store)).toMatchObject({ corrupt: [], snapshots: [{ ref, state: 'ok' }] })
    await writeSample(store, next, randomChunks(1))
  })

  test('a cancel that comes once it is sent comes too late', async () => {
    const store = await openSampleStore(gateway)
    const abort = new AbortController()
    const seen = interceptBucket(store.bucket, async (method, names, send) => {
      if (method === 'put' && names[0] === snapshotFileName(ref, MANIFEST_NAME)) abort.abort(new Error('cancelled'))
      return await send()
    })
    const draft = await startS3Snapshot(storeOf(seen), ref, options, abort.signal)
    await putSample(draft, ref, randomChunks(2))
    await draft.discard()
    expect(await readBack(store)).toMatchObject({ corrupt: [], snapshots: [{ ref, state: 'ok' }] })
    await writeSample(store, next, randomChunks(1))
  })
})
