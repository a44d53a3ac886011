import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type BucketLock, BucketLocks, type BucketLocksOptions, type LockWish } from './bucket-locks.ts'
import { SimulatedComputer, SimulatedWorld } from './testing/simulated-world.fixture.ts'

const minute = 60_000
const { signal } = new AbortController()
const group = { namespace: '', type: 'host', backupId: 'elsa' } as const
const ref = { ...group, time: 1_700_000_000 }
const write: LockWish = { kind: 'write', group }
const locked = { code: 'repository/locked' }

let world: SimulatedWorld

beforeEach(() => {
  world = new SimulatedWorld()
})

function newComputer(options: BucketLocksOptions = {}) {
  const computer = new SimulatedComputer(world)
  const locks = new BucketLocks(computer.store, { time: computer.time, ...options })
  return { computer, locks, acquire: (wish: LockWish) => world.see(locks.acquire(wish, signal)) }
}

/** When a lock that the writer of a group excludes is to be had, in minutes from now. */
async function minutesUntilFree(): Promise<number> {
  const { locks } = newComputer({ waitMs: 24 * 60 * minute })
  const start = world.now
  await world.see(locks.acquire({ kind: 'sweep' }, signal, { isPatient: true }))
  return (world.now - start) / minute
}

test('one writer a group, and the other learns who it is', async () => {
  const [one, other] = [newComputer(), newComputer()]
  const lock = await one.acquire(write)
  await expect(other.acquire(write)).rejects.toMatchObject({
    ...locked,
    detail: expect.stringMatching(/^\S+ \(process \d+\) backs up host\/elsa, since \d{4}-\d\d-\d\dT[\d:.]+Z\.$/),
    hint: expect.stringContaining('after 20 minutes'),
  })
  await world.see(lock.release())
  await world.see(lock.release())
  expect(world.objects.size).toBe(0)
  await other.acquire(write)
})

test('what does not exclude each other is held at once', async () => {
  const [one, other] = [newComputer(), newComputer()]
  const later = { ...ref, time: ref.time + 1 }
  await one.acquire({ kind: 'read', ref })
  await one.acquire({ kind: 'change', ref: later })
  await one.acquire(write)
  await other.acquire({ kind: 'read', ref })
  await other.acquire({ kind: 'change', ref })
  await other.acquire({ kind: 'write', group: { ...group, namespace: 'a' } })
  await expect(other.acquire({ kind: 'remove', ref })).rejects.toMatchObject(locked)
  await expect(other.acquire({ kind: 'change', ref: later })).rejects.toMatchObject(locked)
  await expect(other.acquire({ kind: 'sweep' })).rejects.toMatchObject(locked)
  expect(world.objects.size).toBe(6)
})

test('the patient wait for others to end', async () => {
  const [one, other] = [newComputer(), newComputer({ waitMs: 10 * minute })]
  const lock = await one.acquire({ kind: 'sweep' })
  const waiting = other.locks.acquire(write, signal, { isPatient: true })
  await world.live(2 * minute)
  await world.see(lock.release())
  await world.see(waiting)
})

test('but not for another backup of the group, which may take hours', async () => {
  const [one, other] = [newComputer(), newComputer({ waitMs: 10 * minute })]
  await one.acquire(write)
  const start = world.now
  await expect(world.see(other.locks.acquire(write, signal, { isPatient: true }))).rejects.toMatchObject(locked)
  expect(world.now - start).toBeLessThan(minute)
})

test('and no longer than they were told to', async () => {
  const [one, other] = [newComputer(), newComputer({ waitMs: 3 * minute })]
  await one.acquire({ kind: 'sweep' })
  const start = world.now
  await expect(world.see(other.locks.acquire(write, signal, { isPatient: true }))).rejects.toMatchObject(locked)
  expect(world.now - start).toBeLessThan(3.1 * minute)
  expect(world.now - start).toBeGreaterThan(2 * minute)
})

test('who stops waiting leaves nothing behind', async () => {
  const [one, other] = [newComputer(), newComputer({ waitMs: 10 * minute })]
  const lock = await one.acquire(write)
  const abort = new AbortController()
  const reason = new Error('stopped by the person')
  const waiting = other.locks.acquire({ kind: 'sweep' }, abort.signal, { isPatient: true })
  const refused = expect(waiting).rejects.toBe(reason)
  await world.live(minute)
  abort.abort(reason)
  await world.live(minute)
  await refused
  await world.see(lock.release())
  expect(world.objects.size).toBe(0)
})

test('who sleeps before it reads the listing that lets it in comes too late', async () => {
  const { computer, locks } = newComputer()
  const asking = locks.acquire(write, signal)
  const refused = expect(asking).rejects.toMatchObject(locked)
  await world.live(35) // the listing is made, and on its way
  computer.sleep(40 * minute)
  expect(await minutesUntilFree()).toBeLessThan(40)
  await world.live(60 * minute)
  await refused
  expect(world.objects.size).toBe(1)
})

test('closing gives back what is held, and ends the waiting', async () => {
  const [one, other] = [newComputer({ waitMs: 10 * minute }), newComputer()]
  await one.acquire(write)
  await one.acquire({ kind: 'read', ref })
  await other.acquire({ kind: 'remove', ref: { ...ref, time: 1 } })
  const waiting = expect(one.locks.acquire({ kind: 'sweep' }, signal, { isPatient: true })).rejects.toThrow('closed')
  await world.live(minute)
  await world.see(one.locks.close())
  await waiting
  expect([...world.objects.keys()]).toEqual([expect.stringContaining('remove')])
  await expect(one.acquire(write)).rejects.toThrow('closed')
})

describe('a lock that is held', () => {
  test('is kept up for hours', async () => {
    const lock = await newComputer().acquire(write)
    await world.live(5 * 60 * minute)
    expect(lock.lost.aborted).toBe(false)
    await world.see(lock.confirm(signal))
    await expect(newComputer().acquire(write)).rejects.toMatchObject(locked)
  })

  test('is free 20 minutes after its computer died, and is cleared away then', async () => {
    const { computer, acquire } = newComputer()
    await acquire(write)
    computer.crash()
    const minutes = await minutesUntilFree()
    expect(minutes).toBeGreaterThanOrEqual(19.9)
    expect(minutes).toBeLessThan(21)
    expect(world.objects.size).toBe(1)
  })

  test('is not lost while the store is away for some minutes', async () => {
    const { computer, acquire } = newComputer()
    const lock = await acquire(write)
    computer.cutOff(12 * minute)
    await world.live(60 * minute)
    expect(lock.lost.aborted).toBe(false)
    await world.see(lock.confirm(signal))
  })

  test('is lost when the store is away for longer, before another takes it', async () => {
    const { computer, acquire } = newComputer()
    const lock = await acquire(write)
    const start = world.now
    let lostAt = Number.POSITIVE_INFINITY
    lock.lost.addEventListener('abort', () => {
      lostAt = world.now
    })
    computer.cutOff(60 * minute)
    const minutes = await minutesUntilFree()
    expect((lostAt - start) / minute).toBeLessThan(minutes - 4)
    expect(lock.lost.reason).toMatchObject(locked)
    await expect(world.see(lock.confirm(signal))).rejects.toMatchObject(locked)
  })

  test('is lost after a sleep, and does not come back', async () => {
    const { computer, acquire } = newComputer()
    const lock = await acquire(write)
    computer.sleep(40 * minute)
    expect(await minutesUntilFree()).toBeLessThan(40)
    const [taken] = world.objects.keys()
    await world.live(60 * minute)
    expect(lock.lost.aborted).toBe(true)
    expect([...world.objects.keys()]).toEqual([taken])
  })

  test('is known to be lost as soon as somebody asks after a sleep', async () => {
    const { computer, acquire } = newComputer()
    const lock = await acquire(write)
    computer.sleep(16 * minute)
    await world.live(16 * minute - 1)
    const asking = lock.confirm(signal)
    await expect(world.see(asking)).rejects.toMatchObject(locked)
    expect(lock.lost.aborted).toBe(true)
  })

  test('is lost after a sleep in the middle of asking', async () => {
    const { computer, acquire } = newComputer()
    const lock = await acquire(write)
    const asking = lock.confirm(signal)
    const refused = expect(asking).rejects.toMatchObject(locked)
    await world.live(55) // put again and found, which is on its way
    computer.sleep(40 * minute)
    expect(await minutesUntilFree()).toBeLessThan(40)
    await world.live(60 * minute)
    await refused
    expect(lock.lost.aborted).toBe(true)
  })

  test('is lost when a virtual machine stood still, which only the store can tell', async () => {
    const { computer, acquire } = newComputer()
    const lock = await acquire(write)
    computer.freeze(16 * minute)
    await world.live(16 * minute - 1)
    expect(lock.lost.aborted).toBe(false)
    await expect(world.see(lock.confirm(signal))).rejects.toMatchObject(locked)
    expect(lock.lost.aborted).toBe(true)
  })

  test('is lost when it is gone from the bucket', async () => {
    const lock = await newComputer().acquire(write)
    world.objects.clear()
    await expect(world.see(lock.confirm(signal))).rejects.toMatchObject(locked)
    expect(lock.lost.aborted).toBe(true)
    expect(world.objects.size).toBe(0)
  })

  test('is lost without being asked for when it is gone', async () => {
    const lock = await newComputer().acquire(write)
    world.objects.clear()
    await world.live(5 * minute)
    expect(lock.lost.aborted).toBe(true)
    expect(world.objects.size).toBe(0)
  })

  test('is not lost because it cannot be asked for just now', async () => {
    const { computer, acquire } = newComputer()
    const lock = await acquire(write)
    computer.cutOff(minute)
    await expect(world.see(lock.confirm(signal))).rejects.toMatchObject({ code: 'repository/unreachable' })
    expect(lock.lost.aborted).toBe(false)
    await world.live(minute)
    await world.see(lock.confirm(signal))
  })

  test('confirms no more once it was given back', async () => {
    const lock = await newComputer().acquire(write)
    await world.see(lock.release())
    await expect(world.see(lock.confirm(signal))).rejects.toMatchObject(locked)
    expect(world.objects.size).toBe(0)
  })

  test('keeps others away for its time when it was left, and no longer', async () => {
    const { locks, acquire } = newComputer()
    const lock = await acquire(write)
    await world.live(3 * minute)
    lock.leave()
    await world.see(lock.release())
    await world.see(locks.close())
    await expect(world.see(lock.confirm(signal))).rejects.toMatchObject(locked)
    const minutes = await minutesUntilFree()
    expect(minutes).toBeGreaterThan(16.9)
    expect(minutes).toBeLessThan(18)
  })

  test('leaves nothing when it is given back in the middle of a refresh', async () => {
    const lock = await newComputer().acquire(write)
    const asking = lock.confirm(signal)
    await world.live(25) // asked whether it is there, and putting it again
    await world.see(Promise.all([lock.release(), asking]))
    await world.live(60 * minute)
    expect(world.objects.size).toBe(0)
  })
})

describe('who may not write', () => {
  let lock: BucketLock | undefined
  afterEach(() => lock?.release())

  test('reads without a lock', async () => {
    const { computer, acquire } = newComputer()
    computer.mayWrite = false
    lock = await acquire({ kind: 'read', ref })
    await lock.confirm(signal)
    expect(world.objects.size).toBe(0)
    await newComputer().acquire({ kind: 'remove', ref })
    expect(lock.lost.aborted).toBe(false)
  })

  test.each<LockWish>([write, { kind: 'remove', ref }, { kind: 'change', ref }, { kind: 'sweep' }])(
    'does nothing else: $kind',
    async (wish) => {
      const { computer, acquire } = newComputer()
      computer.mayWrite = false
      await expect(acquire(wish)).rejects.toMatchObject({ code: 'auth/denied' })
    },
  )
})

test('a refresh that comes too late for others is refused where it is made', () => {
  const { computer } = newComputer()
  expect(() => new BucketLocks(computer.store, { refreshMs: 10, staleMs: 12 })).toThrow(RangeError)
})
