import { PutBucketPolicyCommand, S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import type { Digest } from '../../../../src-shared/model/digest.ts'
import type { SnapshotRef } from '../../../../src-shared/model/snapshot.ts'
import { taskStart } from '../../../storage/datastore/task-id.ts'
import { randomChunks } from '../../../storage/datastore/testing/sample-store.ts'
import { DynamicIndex } from '../../../storage/dynamic-index.ts'
import { parseManifest } from '../../../storage/manifest.ts'
import { SealerPool } from '../../pxar-snapshot/sealer-pool.ts'
import type { Repository, SnapshotReader, VerifyObserver, VerifyResult, WriteObserver } from '../../repository.ts'
import { bytes, describeTree, noise, SampleTree } from '../../sample-tree.fixture.ts'
import { Bucket } from '../bucket.ts'
import type { BucketStore } from '../bucket-store.ts'
import { chunkName, snapshotFileName } from '../object-names.ts'
import { parseS3Address } from '../s3-address.ts'
import { createS3Repository, openS3Repository } from '../s3-repository.ts'
import { readSnapshotFile } from '../snapshot-listing.ts'
import { describeWithCeph } from '../testing/ceph-programs.fixture.ts'
import { type Gateway, startGateway } from '../testing/gateway.fixture.ts'
import { createS3Maintenance } from './create-maintenance.ts'
import {
  copyOut,
  dyingBucket,
  forgetLocks,
  interceptBucket,
  Killed,
  namesIn,
  putBack,
  readBack,
  sampleGroup,
  signal,
  storeOf,
  writeSample,
} from './sample-bucket.fixture.ts'

const first = { ...sampleGroup, time: 1000 }
const second = { ...sampleGroup, time: 2000 }
const quiet: VerifyObserver = { total() {}, checked() {}, snapshotDone() {}, corrupt() {} }

describeWithCeph('verification of a bucket', () => {
  let gateway: Gateway
  let address: string
  let store: BucketStore
  beforeAll(async () => {
    gateway = await startGateway()
  })
  afterAll(() => gateway.close())
  beforeEach(async () => {
    address = await gateway.address()
    store = storeOf(new Bucket({ address: parseS3Address(address), secret: gateway.secret }))
    onTestFinished(() => store.bucket.close())
  })

  async function damage(digest: Digest): Promise<Buffer> {
    const whole = await store.bucket.get(chunkName(digest), 1 << 24, signal)
    if (whole === undefined) throw new Error('there is no such chunk')
    const at = whole.bytes.length - 1
    await store.bucket.put(chunkName(digest), whole.bytes.with(at, (whole.bytes[at] ?? 0) ^ 1), signal)
    return whole.bytes
  }

  async function stateOf(ref: SnapshotRef): Promise<string | undefined> {
    const manifest = parseManifest(await readSnapshotFile(store.bucket, ref, 'index.json.blob', signal))
    return manifest.unprotected.verify_state?.state
  }

  test('a flipped bit is found and named by file; untouched files restore, and the next backup heals', async () => {
    await createS3Repository(address, { credentials: { secret: gateway.secret } }, signal)
    const repository = await open(address, gateway.secret)
    const tree = new SampleTree()
    for (let i = 0; i < 60; i++) tree.set(`data/${i}`, { content: noise(`data/${i}`, 200_000) })
    const ref = await backUp(repository, 1000, tree)
    expect(await verify(repository)).toMatchObject({ snapshots: 1, corrupt: [], affected: [] })
    const index = DynamicIndex.parse(await readSnapshotFile(store.bucket, ref, 'root.ppxar.didx', signal))
    const victim = index.digestAt(1)
    await damage(victim)

    const found = await verify(repository)
    expect(found.corrupt).toEqual([victim])
    const files = found.affected[0]?.files ?? []
    expect(files.length).toBeGreaterThan(0)
    expect(files.length).toBeLessThan(30)
    expect(await namesIn(store, `${chunkName(victim)}.`)).toEqual([`${chunkName(victim)}.0.bad`])
    const [listed] = await Array.fromAsync(repository.snapshots(signal))
    expect(listed?.verify?.state).toBe('failed')
    const reader = await repository.read(ref, signal)
    for (let i = 0; i < 60; i++) {
      expect(await outcomeOf(reader, `data/${i}`)).toBe(files.includes(`root/data/${i}`) ? 'chunk/missing' : 'whole')
    }
    await reader.close()

    const again = await backUp(repository, 2000, tree)
    expect((await verify(repository)).corrupt).toEqual([])
    const healed = await repository.read(again, signal)
    expect(await describeTree(healed.walk('root', { contents: true }, signal))).toEqual(
      await describeTree(tree.entries()),
    )
    await healed.close()
  })

  test('a snapshot that was passed over is marked for what it shares, so that the next backup heals it too', async () => {
    await createS3Repository(address, { credentials: { secret: gateway.secret } }, signal)
    const repository = await open(address, gateway.secret)
    const tree = new SampleTree()
    for (let i = 0; i < 30; i++) tree.set(`data/${i}`, { content: noise(`data/${i}`, 200_000) })
    const ref = await backUp(repository, 1000, tree)
    const newest = await backUp(repository, 2000, tree)
    const index = DynamicIndex.parse(await readSnapshotFile(store.bucket, ref, 'root.ppxar.didx', signal))
    await damage(index.digestAt(0))

    const found = await repository.maintenance.verify?.({ snapshots: [ref] }, quiet, signal)
    expect(found).toMatchObject({ snapshots: 1, corrupt: [index.digestAt(0)] })
    expect([await stateOf(ref), await stateOf(newest)]).toEqual(['failed', 'failed'])
    await backUp(repository, 3000, tree)
    expect((await verify(repository)).corrupt).toEqual([])
    expect([await stateOf(ref), await stateOf(newest)]).toEqual(['ok', 'ok'])
  })

  test('a good chunk that came in the meantime is not set aside for the damaged one', async () => {
    const [digest] = await writeSample(store, first, randomChunks(1))
    if (digest === undefined) throw new Error('nothing was stored')
    const whole = await damage(digest)
    let isHealed = false
    const healing = interceptBucket(store.bucket, async (method, _names, send) => {
      if (method === 'copy') {
        await store.bucket.put(chunkName(digest), whole, signal)
        isHealed = true
      }
      return await send()
    })
    expect((await verifyIn(storeOf(healing))).corrupt).toEqual([digest])
    expect(isHealed).toBe(true)
    expect(await readBack(store)).toMatchObject({ corrupt: [], snapshots: [{ state: 'ok' }] })
  })

  test('who may only read the bucket verifies it without changing anything', async () => {
    const chunks = randomChunks(2)
    const [digest] = await writeSample(store, first, chunks)
    if (digest === undefined) throw new Error('nothing was stored')
    await damage(digest)
    const before = await copyOut(store)
    const user = await gateway.addUser()
    await letRead(gateway, parseS3Address(address).bucket)
    const guest = { ...parseS3Address(address), accessKeyId: user.accessKeyId }
    const bucket = new Bucket({ address: guest, secret: user.secret })
    onTestFinished(() => bucket.close())
    await expect(bucket.put('x', Buffer.from('x'), signal)).rejects.toMatchObject({ code: 'auth/denied' })
    expect(await verifyIn(storeOf(bucket))).toMatchObject({ snapshots: 1, chunks: 2, corrupt: [digest] })
    expect(await copyOut(store)).toEqual(before)
    expect(await stateOf(first)).toBeUndefined()
  })

  test('what was verified well not long ago is passed over, and what somebody removes just now', async () => {
    for (const ref of [first, second]) await writeSample(store, ref, randomChunks(1))
    expect(await verifyIn(store, { snapshots: [first] })).toMatchObject({ snapshots: 1, chunks: 1 })
    const { unprotected } = parseManifest(await readSnapshotFile(store.bucket, first, 'index.json.blob', signal))
    const since = (taskStart(unprotected.verify_state?.upid ?? '') ?? 0) * 1000
    expect(await verifyIn(store, { skipVerifiedSince: since })).toMatchObject({ snapshots: 1, chunks: 1 })
    const lock = await store.locks.acquire({ kind: 'remove', ref: second }, signal)
    expect(await verifyIn(store, {})).toMatchObject({ snapshots: 1, chunks: 1 })
    await lock.release()
    await store.bucket.delete([snapshotFileName(second, 'root.pxar.didx')], signal)
    expect(await verifyIn(store, {})).toMatchObject({ snapshots: 2, chunks: 1, corrupt: [] })
    expect([await stateOf(first), await stateOf(second)]).toEqual(['ok', 'failed'])
  })

  test('who dies at any request leaves what the next verification and the next backup heal', async () => {
    const chunks = randomChunks(2)
    const [digest] = await writeSample(store, first, chunks)
    if (digest === undefined) throw new Error('nothing was stored')
    await damage(digest)
    const start = await copyOut(store)
    let isKilled = true
    for (let at = 1; isKilled; at++) {
      await putBack(store, start)
      const dying = storeOf(dyingBucket(store.bucket, at))
      isKilled = await verifyIn(dying).then(() => false, expectKilled)
      await dying.locks.close()
      await forgetLocks(store)
      expect((await verifyIn(store)).corrupt).toEqual([digest])
      await writeSample(store, second, chunks)
      expect(await readBack(store)).toMatchObject({ corrupt: [], snapshots: [{ state: 'ok' }, { state: 'ok' }] })
    }
  })
})

async function open(address: string, secret: string): Promise<Repository> {
  const options = { keys: [], threads: 0, now: Date.now, credentials: { secret } }
  const repository = await openS3Repository(address, options)
  onTestFinished(() => repository.close())
  return repository
}

async function backUp(repository: Repository, time: number, tree: SampleTree): Promise<SnapshotRef> {
  const silent: WriteObserver = { entry() {}, entryDone() {}, entryFailed() {}, bytes() {}, chunk() {} }
  const options = { time, mode: 'metadata', compress: true, cryptMode: 'none' } as const
  const writer = await repository.write(sampleGroup, options, signal)
  await writer.addTree('root', tree.entries(), { excludePatterns: [] }, silent)
  return (await writer.commit()).ref
}

async function verify({ maintenance }: Pick<Repository, 'maintenance'>, options = {}): Promise<VerifyResult> {
  if (maintenance.verify === undefined) throw new Error('it cannot be verified')
  return await maintenance.verify(options, quiet, signal)
}

/** The samples hold no trees: what is in a damaged archive is not looked for. */
async function verifyIn(store: BucketStore, options = {}): Promise<VerifyResult> {
  const open = () => Promise.reject(new Error('it is not opened'))
  const tools = { keys: [], sealers: new SealerPool(0), now: Date.now, open }
  return await verify({ maintenance: createS3Maintenance(store, tools) }, options)
}

async function outcomeOf(reader: SnapshotReader, name: string): Promise<string> {
  const parts = reader.content('root', name.split('/').map(bytes), { offset: 0n }, signal)
  return await Array.fromAsync(parts).then(
    (pieces) => (Buffer.concat(pieces).equals(noise(name, 200_000)) ? 'whole' : 'other'),
    (error: { code: string }) => error.code,
  )
}

/** Everybody may read, nobody else may write. */
async function letRead({ endpoint, accessKeyId, secret }: Gateway, bucket: string): Promise<void> {
  const credentials = { accessKeyId, secretAccessKey: secret }
  const client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials })
  const Resource = [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`]
  const statement = { Effect: 'Allow', Principal: '*', Action: ['s3:GetObject', 's3:ListBucket'], Resource }
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
  await client.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy }))
  client.destroy()
}

function expectKilled(error: unknown): true {
  expect(error).toBeInstanceOf(Killed)
  return true
}
