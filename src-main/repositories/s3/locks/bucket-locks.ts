import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { assertNever } from '../../../../src-shared/assert-never.ts'
import { HoldfastError } from '../../../../src-shared/errors.ts'
import type { SnapshotRef } from '../../../../src-shared/model/snapshot.ts'
import { forEachBounded } from '../../../storage/datastore/for-each-bounded.ts'
import { formatSnapshotRef, type GroupRef } from '../../../storage/datastore/layout.ts'
import type { Bucket } from '../bucket.ts'
import { groupPrefix, snapshotPrefix } from '../object-names.ts'
import { type Contender, type Contest, contend, findRival, type PutTime } from './contend.ts'
import { deleteLock, HeldLock } from './held-lock.ts'
import { formatLockName, lockScope, parseLockName } from './lock-name.ts'
import { formatLockNote, refusalFor } from './lock-note.ts'
import { type LockTime, systemLockTime } from './lock-time.ts'

export type LockWish =
  /** The snapshot stays while it is read, or built upon. */
  | { readonly kind: 'read'; readonly ref: SnapshotRef }
  /** One writer a group; nothing is swept meanwhile. */
  | { readonly kind: 'write'; readonly group: GroupRef }
  /** Excludes read, change and remove of the same snapshot. */
  | { readonly kind: 'remove'; readonly ref: SnapshotRef }
  /** Of the manifest or the protection: excludes change and remove of the same snapshot. */
  | { readonly kind: 'change'; readonly ref: SnapshotRef }
  /** Garbage collection deletes: excludes every write and every other sweep. */
  | { readonly kind: 'sweep' }

export interface BucketLock {
  /**
   * Aborted when the lock was lost: somebody else took it for dead, or it could not be kept up. The reason is
   * `repository/locked`.
   */
  readonly lost: AbortSignal
  /**
   * Asks the bucket whether it is still there and fresh: three small requests. To be called right before what must not happen
   * without it (the manifest of a new snapshot, deleting chunks). Throws `repository/locked` when it is not, and what asking
   * throws, which is not yet the end of the lock.
   */
  confirm(signal: AbortSignal): Promise<void>
  /** May be called twice; never throws. Whatever was asked of the bucket under the lock has been answered by then. */
  release(): Promise<void>
  /**
   * Instead of `release`, which does nothing afterwards, when a request got no answer: the store may still carry it out. The lock
   * is kept up no more, and keeps others away until it counts as dead.
   */
  leave(): void
}

/** All that locks need of a bucket: what is written is seen by every later read and listing. */
export type LockStore = Pick<Bucket, 'get' | 'head' | 'put' | 'list' | 'delete'>

export interface BucketLocksOptions {
  /** How often a lock that is held says that it still is. */
  readonly refreshMs?: number | undefined
  /** Not refreshed for so long, by the clock of the store: whoever holds it is gone. The same for all who share a bucket. */
  readonly staleMs?: number | undefined
  /** How long the patient wait for others to end; the impatient never wait longer. */
  readonly waitMs?: number | undefined
  readonly time?: LockTime | undefined
  /** 16 random bytes in hex. */
  readonly newId?: (() => string) | undefined
  /** From 0 to 1. */
  readonly random?: (() => number) | undefined
}

const REFRESH_MS = 4 * 60_000
/** Longer than anything may be on its way: with half of it, interleavings.test.ts finds two at once. */
const STALE_MS = 20 * 60_000
const WAIT_MS = 60_000
/** Nobody is turned away because of one who only asked and went: even the impatient ask a few times. */
const BRIEF_MS = 1500
const FIRST_PAUSE_MS = 150
const MAX_PAUSE_MS = 15_000
const PAUSE_GROWTH = 1.6
const RELEASES_AT_ONCE = 8

type LostContest = Extract<Contest, { readonly isWon: false }>

/**
 * Locks between computers that share a bucket, made of nothing but objects in it. How, and why it holds: README.md.
 */
export class BucketLocks {
  readonly #store: LockStore
  readonly #refreshMs: number
  readonly #staleMs: number
  readonly #graceMs: number
  readonly #waitMs: number
  readonly #time: LockTime
  readonly #newId: () => string
  readonly #random: () => number
  readonly #held = new Set<BucketLock>()
  readonly #asking = new Set<Promise<unknown>>()
  readonly #closing = new AbortController()

  constructor(store: LockStore, options: BucketLocksOptions = {}) {
    this.#store = store
    this.#refreshMs = options.refreshMs ?? REFRESH_MS
    this.#staleMs = options.staleMs ?? STALE_MS
    // The rest is for clocks of a store's computers that differ, and for what follows a confirmation.
    this.#graceMs = this.#staleMs * 0.75
    this.#waitMs = options.waitMs ?? WAIT_MS
    this.#time = options.time ?? systemLockTime
    this.#newId = options.newId ?? (() => randomBytes(16).toString('hex'))
    this.#random = options.random ?? Math.random
    if (!(this.#refreshMs > 0 && this.#refreshMs < this.#graceMs)) {
      throw new RangeError(`${this.#refreshMs} ms between refreshes are too many`)
    }
  }

  /**
   * Throws `repository/locked`, saying who holds it, since when, and what to do. With `isPatient` it waits a bounded while for
   * others to end, but for a backup of the same group; without, about a second.
   *
   * Who may only read the bucket (`auth/denied`), or meets a full one (`disk/full`), can still read snapshots: for `read` the
   * result is then a lock that protects nothing, never is lost, and always confirms. All other wishes throw.
   */
  async acquire(
    wish: LockWish,
    signal: AbortSignal,
    { isPatient = false }: { readonly isPatient?: boolean } = {},
  ): Promise<BucketLock> {
    const asking = this.#acquire(wish, isPatient, AbortSignal.any([signal, this.#closing.signal]))
    const settled = asking.catch(() => undefined)
    this.#asking.add(settled)
    try {
      return await asking
    } finally {
      this.#asking.delete(settled)
    }
  }

  /** Gives back whatever is held; who still waits for a lock is told no. */
  async close(): Promise<void> {
    this.#closing.abort(new Error('The locks of this bucket were closed.'))
    await Promise.all(this.#asking)
    await forEachBounded([...this.#held], RELEASES_AT_ONCE, (lock) => lock.release())
  }

  async #acquire(wish: LockWish, isPatient: boolean, signal: AbortSignal): Promise<BucketLock> {
    const time = this.#time
    const startedAt = time.now()
    const briefMs = Math.min(BRIEF_MS, this.#waitMs)
    let lastPut: PutTime | undefined
    for (let step = FIRST_PAUSE_MS; ; step = Math.min(step * PAUSE_GROWTH, MAX_PAUSE_MS)) {
      const contender = this.#contender(wish)
      let rival = lastPut && (await findRival(contender, lastPut, signal))
      if (rival === undefined) {
        const tried = await this.#try(contender, signal)
        if ('lock' in tried) return tried.lock
        if (tried.rival !== undefined) lastPut = tried.putTime
        rival = tried.rival
      }
      // At random, so that two who step back from one another do not meet again.
      const pauseMs = step * (0.5 + this.#random())
      const waitMs = isPatient && !isBackupOfGroup(wish, rival) ? this.#waitMs : briefMs
      if (time.now() + pauseMs > startedAt + waitMs) throw await this.#refusal(rival, signal)
      await time.pause(pauseMs, signal)
    }
  }

  /** With a name of its own for each try: a late delete of an earlier one hits nothing. */
  #contender(wish: LockWish): Contender {
    return {
      store: this.#store,
      time: this.#time,
      lock: { kind: wish.kind, scope: scopeOf(wish), id: this.#newId() },
      content: formatLockNote({
        host: hostname(),
        pid: process.pid,
        startedAt: new Date().toISOString(),
        of: subjectOf(wish),
      }),
      staleMs: this.#staleMs,
      graceMs: this.#graceMs,
    }
  }

  async #try(contender: Contender, signal: AbortSignal): Promise<LostContest | { readonly lock: BucketLock }> {
    const name = formatLockName(contender.lock)
    let isKept = false
    try {
      const contest = await contend(contender, signal)
      if (!contest.isWon) return contest
      signal.throwIfAborted()
      isKept = true
      return { lock: this.#hold(contender, contest.putTime) }
    } catch (error) {
      if (contender.lock.kind === 'read' && isReadOnly(error)) return { lock: noLock() }
      throw error
    } finally {
      // Also one whose put failed: it may have arrived.
      if (!isKept) await deleteLock(this.#store, name)
    }
  }

  #hold({ store, time, lock, content, graceMs }: Contender, putTime: PutTime): BucketLock {
    const onRelease = (released: BucketLock) => this.#held.delete(released)
    const name = formatLockName(lock)
    const held = new HeldLock({ store, time, name, content, putTime, graceMs, refreshMs: this.#refreshMs, onRelease })
    this.#held.add(held)
    return held
  }

  async #refusal(rival: string | undefined, signal: AbortSignal): Promise<HoldfastError> {
    if (rival !== undefined) return await refusalFor(this.#store, { name: rival, staleMs: this.#staleMs }, signal)
    return new HoldfastError('repository/locked', {
      detail: 'The lock of this computer is gone from the bucket at once.',
    })
  }
}

/** Another backup of the same group goes on for longer than anybody should wait to hear of it. */
function isBackupOfGroup(wish: LockWish, rival: string | undefined): boolean {
  return wish.kind === 'write' && rival !== undefined && parseLockName(rival)?.kind === 'write'
}

/** What a reader has that may not write. */
function noLock(): BucketLock {
  return {
    lost: new AbortController().signal,
    confirm: async (signal) => signal.throwIfAborted(),
    release: async () => undefined,
    leave: () => undefined,
  }
}

function isReadOnly(error: unknown): boolean {
  return error instanceof HoldfastError && (error.code === 'auth/denied' || error.code === 'disk/full')
}

function scopeOf(wish: LockWish): string {
  switch (wish.kind) {
    case 'sweep':
      return lockScope('')
    case 'write':
      return lockScope(groupPrefix(wish.group))
    case 'read':
    case 'remove':
    case 'change':
      return lockScope(snapshotPrefix(wish.ref))
    default:
      return assertNever(wish)
  }
}

/** For people. */
function subjectOf(wish: LockWish): string {
  if (wish.kind === 'sweep') return ''
  return wish.kind === 'write' ? `${wish.group.type}/${wish.group.backupId}` : formatSnapshotRef(wish.ref)
}
