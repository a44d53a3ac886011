import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { Bucket } from '../bucket.ts'
import { LOCKS_PREFIX } from '../object-names.ts'
import { parseS3Address } from '../s3-address.ts'
import { describeWithCeph } from '../testing/ceph-programs.fixture.ts'
import { type Gateway, startGateway } from '../testing/gateway.fixture.ts'
import { BucketLocks, type BucketLocksOptions, type LockWish } from './bucket-locks.ts'
import { formatLockName, lockScope } from './lock-name.ts'

const { signal } = new AbortController()
const group = { namespace: 'a/b', type: 'host', backupId: 'elsa' } as const
const ref = { ...group, time: 1_700_000_000 }
const write: LockWish = { kind: 'write', group }
const locked = { code: 'repository/locked' }

describeWithCeph('locks in a bucket of a real store', () => {
  let gateway: Gateway
  const opened: { close(): unknown }[] = []
  beforeAll(async () => {
    gateway = await startGateway()
  })
  afterEach(async () => {
    for (const one of opened.splice(0).reverse()) await one.close()
  })
  afterAll(() => gateway.close())

  /** A computer with connections of its own. */
  function join(
    address: string,
    options: BucketLocksOptions = {},
    key: Pick<Gateway, 'accessKeyId' | 'secret'> = gateway,
  ) {
    const { accessKeyId, secret } = key
    const bucket = new Bucket({ address: { ...parseS3Address(address), accessKeyId }, secret, attempts: 2 })
    const locks = new BucketLocks(bucket, options)
    opened.push(bucket, locks)
    return { bucket, locks }
  }

  async function locksIn(bucket: Bucket): Promise<ReadonlyMap<string, number>> {
    const found = new Map<string, number>()
    for await (const { name, modifiedAt } of bucket.list(LOCKS_PREFIX, signal)) found.set(name, modifiedAt)
    return found
  }

  test('one writer a group, and garbage collection after all of them', async () => {
    const address = await gateway.address('some/where')
    const [one, other] = [join(address), join(address)]
    const lock = await one.locks.acquire(write, signal)
    const next = await other.locks.acquire({ kind: 'write', group: { ...group, backupId: 'anna' } }, signal)
    await expect(other.locks.acquire(write, signal)).rejects.toMatchObject({
      ...locked,
      detail: expect.stringContaining(`(process ${process.pid}) backs up host/elsa, since `),
    })
    await expect(other.locks.acquire({ kind: 'sweep' }, signal)).rejects.toMatchObject(locked)
    await lock.confirm(signal)
    await lock.release()
    const sweep = other.locks.acquire({ kind: 'sweep' }, signal, { isPatient: true })
    await next.confirm(signal)
    await next.release()
    await (await sweep).release()
    expect((await locksIn(one.bucket)).size).toBe(0)
  })

  test('a snapshot that is read is not removed, and the other way round', async () => {
    const address = await gateway.address()
    const [one, other] = [join(address), join(address)]
    const reads = [
      await one.locks.acquire({ kind: 'read', ref }, signal),
      await other.locks.acquire({ kind: 'read', ref }, signal),
    ]
    await expect(one.locks.acquire({ kind: 'remove', ref }, signal)).rejects.toMatchObject(locked)
    await one.locks.acquire({ kind: 'change', ref }, signal)
    for (const read of reads) await read.release()
    await one.locks.close()
    const again = join(address)
    await again.locks.acquire({ kind: 'remove', ref }, signal)
    await expect(other.locks.acquire({ kind: 'read', ref }, signal)).rejects.toMatchObject(locked)
  })

  test('of many that come at once, one gets it', async () => {
    const address = await gateway.address()
    const all = Array.from({ length: 6 }, () => join(address).locks.acquire(write, signal))
    const results = await Promise.allSettled(all)
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    for (const result of results) if (result.status === 'rejected') expect(result.reason).toMatchObject(locked)
  })

  test('a lock is kept up', async () => {
    const { bucket, locks } = join(await gateway.address(), { refreshMs: 50 })
    const lock = await locks.acquire(write, signal)
    const [[name, first] = []] = await locksIn(bucket)
    await expect.poll(async () => (await locksIn(bucket)).get(name ?? '')).toBeGreaterThan(first ?? 0)
    expect(lock.lost.aborted).toBe(false)
  })

  test('a lock that nobody keeps up is dead after a while, by the clock of the store', async () => {
    const { bucket, locks } = join(await gateway.address(), { refreshMs: 100, staleMs: 1500 })
    const dead = formatLockName({ kind: 'sweep', scope: lockScope(''), id: '0'.repeat(32) })
    await bucket.put(dead, Buffer.from('not what a lock holds'), signal)
    await locks.acquire(write, signal, { isPatient: true })
    const left = [...(await locksIn(bucket)).keys()]
    expect(left).toEqual([expect.stringContaining('write-')])
  })

  test('what a lock holds may be anything: then it is said what is known', async () => {
    const { bucket, locks } = join(await gateway.address())
    const strange = formatLockName({ kind: 'sweep', scope: lockScope(''), id: '0'.repeat(32) })
    for (const content of ['', '{"host":"a\\u001b[2J","pid":1}', 'x'.repeat(10_000)]) {
      await bucket.put(strange, Buffer.from(content), signal)
      await expect(locks.acquire(write, signal)).rejects.toMatchObject({
        ...locked,
        detail: 'Another computer clears away what is not used any more.',
      })
    }
  })

  test('a lock that somebody deleted is lost', async () => {
    const { bucket, locks } = join(await gateway.address())
    const lock = await locks.acquire(write, signal)
    await bucket.delete([...(await locksIn(bucket)).keys()], signal)
    await expect(lock.confirm(signal)).rejects.toMatchObject(locked)
    expect(lock.lost.reason).toMatchObject(locked)
    expect((await locksIn(bucket)).size).toBe(0)
  })

  test('a lock is not lost while the store is away, and not confirmed either', async () => {
    const { locks } = join(await gateway.address())
    const lock = await locks.acquire(write, signal)
    await gateway.stop()
    try {
      await expect(lock.confirm(signal)).rejects.toMatchObject({ code: 'repository/unreachable' })
    } finally {
      await gateway.start()
    }
    expect(lock.lost.aborted).toBe(false)
    await lock.confirm(signal)
  })

  test('who may not write reads without a lock, and does nothing else', async () => {
    const address = await gateway.address()
    const stranger = join(address, {}, await gateway.addUser())
    const lock = await stranger.locks.acquire({ kind: 'read', ref }, signal)
    await lock.confirm(signal)
    await lock.release()
    for (const wish of [write, { kind: 'remove', ref }, { kind: 'change', ref }, { kind: 'sweep' }] as const) {
      await expect(stranger.locks.acquire(wish, signal)).rejects.toMatchObject({ code: 'auth/denied' })
    }
    expect((await locksIn(join(address).bucket)).size).toBe(0)
  })
})
