import { HoldfastError } from '../../../../src-shared/errors.ts'
import type { BucketLock, LockStore } from './bucket-locks.ts'
import type { PutTime } from './contend.ts'
import type { LockTime } from './lock-time.ts'

export interface HeldLockOptions {
  readonly store: LockStore
  readonly time: LockTime
  readonly name: string
  readonly content: Uint8Array
  readonly putTime: PutTime
  readonly refreshMs: number
  /** Not refreshed for so long: others may take it for dead soon. */
  readonly graceMs: number
  readonly onRelease: (lock: BucketLock) => void
}

/** How often a lock is looked after for each refresh: so often is a failed one tried again, and a sleep noticed. */
const LOOKS_PER_REFRESH = 8
/** A store that does not answer holds nobody up for longer. */
const RELEASE_MS = 15_000

/**
 * A lock that is in the bucket, and kept up. It is taken for lost before anybody else may take it for dead: when it was not
 * refreshed for the grace time, by a clock of this computer that counts its sleep, or by that of the store, which also tells
 * that a virtual machine stood still. Failed refreshes are tried again until then.
 */
export class HeldLock implements BucketLock {
  readonly #options: HeldLockOptions
  readonly #lost = new AbortController()
  /** Ends requests that are under way. */
  readonly #stop = new AbortController()
  readonly #stopLooking: () => void
  readonly #underWay = new Set<Promise<void>>()
  #freshAt: number
  #modifiedAt: number
  #released: Promise<void> | undefined

  constructor(options: HeldLockOptions) {
    this.#options = options
    this.#freshAt = options.putTime.freshAt
    this.#modifiedAt = options.putTime.modifiedAt
    this.#stopLooking = options.time.every(Math.ceil(options.refreshMs / LOOKS_PER_REFRESH), () => this.#look())
  }

  get lost(): AbortSignal {
    return this.#lost.signal
  }

  /** Refreshes it: only what the store writes now tells the time of the store. */
  async confirm(signal: AbortSignal): Promise<void> {
    if (this.#released !== undefined) throw lockLost('It was given back.')
    await this.#refresh(signal)
  }

  release(): Promise<void> {
    this.#released ??= this.#giveBack()
    return this.#released
  }

  leave(): void {
    if (this.#released !== undefined) return
    this.#released = Promise.resolve()
    this.#end()
    this.#stop.abort(lockLost('It was left behind.'))
  }

  #look(): void {
    if (this.#isOver()) this.#lose('The store could not be reached for too long, or this computer slept.')
    else if (this.#options.time.now() - this.#freshAt >= this.#options.refreshMs && this.#underWay.size === 0) {
      // The next look tries again, or finds that it is over.
      this.#refresh(this.#stop.signal).catch(() => undefined)
    }
  }

  /** More than one at once do no harm: each compares with what was confirmed last. */
  async #refresh(signal: AbortSignal): Promise<void> {
    const work = this.#putAgain(AbortSignal.any([signal, this.#stop.signal]))
    const settled = work.catch(() => undefined)
    this.#underWay.add(settled)
    try {
      await work
    } finally {
      this.#underWay.delete(settled)
    }
  }

  async #putAgain(signal: AbortSignal): Promise<void> {
    const { store, time, name, content, graceMs } = this.#options
    signal.throwIfAborted()
    if ((await store.head(name, signal)) === undefined) throw this.#lose('It is gone from the bucket.')
    // Never there again once others may have seen it dead. A request that hung until then is noticed below.
    if (this.#isOver()) throw this.#lose('It was not kept up.')
    const putAt = time.now()
    await store.put(name, content, signal)
    const found = await store.head(name, signal)
    if (found === undefined) throw this.#lose('It is gone from the bucket.')
    if (this.#isOver() || found.modifiedAt - this.#modifiedAt >= graceMs) throw this.#lose('It was not kept up.')
    this.#freshAt = Math.max(this.#freshAt, putAt)
    this.#modifiedAt = Math.max(this.#modifiedAt, found.modifiedAt)
  }

  #isOver(): boolean {
    return this.#options.time.now() - this.#freshAt >= this.#options.graceMs
  }

  #lose(why: string): HoldfastError {
    const loss = lockLost(why)
    this.#stopLooking()
    // Who gave it back does not mind any more.
    if (this.#released === undefined) this.#lost.abort(loss)
    this.#stop.abort(loss)
    return loss
  }

  #end(): void {
    this.#stopLooking()
    this.#options.onRelease(this)
  }

  async #giveBack(): Promise<void> {
    const { store, name } = this.#options
    this.#end()
    // A refresh that arrives after the delete would leave a lock that nobody holds.
    const patience = AbortSignal.timeout(RELEASE_MS)
    patience.addEventListener('abort', () => this.#stop.abort(patience.reason), { once: true })
    await Promise.all(this.#underWay)
    await deleteLock(store, name)
  }
}

/** Never throws: one that stays is dead after a while. */
export async function deleteLock(store: Pick<LockStore, 'delete'>, name: string): Promise<void> {
  await store.delete([name], AbortSignal.timeout(RELEASE_MS)).catch(() => undefined)
}

function lockLost(why: string): HoldfastError {
  return new HoldfastError('repository/locked', {
    detail: `The lock of this computer was lost: another may have gone on without it. ${why}`,
    hint: 'Run it again.',
  })
}
