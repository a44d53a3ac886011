import { LOCKS_PREFIX } from '../object-names.ts'
import type { LockStore } from './bucket-locks.ts'
import { excludesLock, formatLockName, type LockName, parseLockName } from './lock-name.ts'
import type { LockTime } from './lock-time.ts'

export interface Contender {
  readonly store: LockStore
  readonly time: LockTime
  readonly lock: LockName
  readonly content: Uint8Array
  readonly staleMs: number
  readonly graceMs: number
}

/** A moment by two clocks. */
export interface PutTime {
  /** Before the lock was put there, by ours. */
  readonly freshAt: number
  /** When it was, by that of the store. */
  readonly modifiedAt: number
}

export type Contest =
  | { readonly isWon: true; readonly putTime: PutTime }
  | { readonly isWon: false; readonly putTime: PutTime; readonly rival: string }
  /** Our own lock was not in the bucket any more, or not looked for before it may have been taken for dead. */
  | { readonly isWon: false; readonly rival: undefined }

/** How long, about a second in all, who goes first stays while others step back. */
const STAY_MS: readonly number[] = [100, 300, 600]

/**
 * One try for a lock: puts it there first, then lists what else there is. Of two that are not to be at once, one lists after
 * both were put there and sees the other, so never both win. That both step back from one another is mostly avoided: whoever
 * has the smaller id stays a moment and lists again, whoever has the greater one goes at once. This cannot make two
 * winners, since nobody wins without a listing, after its own put, that shows no other.
 *
 * Unless it is won the caller deletes the lock.
 */
export async function contend(contender: Contender, signal: AbortSignal): Promise<Contest> {
  const { store, time, lock, content, staleMs, graceMs } = contender
  const freshAt = time.now()
  await store.put(formatLockName(lock), content, signal)
  for (let round = 0; ; round++) {
    const found = await listLocks(store, signal)
    // The computer may have slept since the put, and others seen the lock dead.
    const isOver = time.now() - freshAt >= graceMs
    const own = found.find((other) => other.lock.id === lock.id)
    if (own === undefined || isOver) return { isWon: false, rival: undefined }
    const { modifiedAt } = own
    const { rivals, dead } = judge(found, { lock, now: modifiedAt, staleMs })
    if (dead.length > 0) await bury(store, dead, signal)
    const [first] = rivals
    const putTime = { freshAt, modifiedAt }
    if (first === undefined) return { isWon: true, putTime }
    const stayMs = rivals.every((rival) => lock.id < rival.lock.id) ? STAY_MS[round] : undefined
    if (stayMs === undefined) return { isWon: false, putTime, rival: first.name }
    await time.pause(stayMs, signal)
  }
}

/**
 * Who is in the way still, when an earlier try was put there at `putTime`. Asking this before the next try keeps those who wait
 * from disturbing each other, and those who could win. What time it is in the store is only estimated here, so
 * nothing is won or deleted by it.
 */
export async function findRival(
  { store, time, lock, staleMs }: Contender,
  { freshAt, modifiedAt }: PutTime,
  signal: AbortSignal,
): Promise<string | undefined> {
  const now = modifiedAt + (time.now() - freshAt)
  return judge(await listLocks(store, signal), { lock, now, staleMs }).rivals[0]?.name
}

interface FoundLock {
  readonly name: string
  readonly lock: LockName
  readonly modifiedAt: number
}

async function listLocks(store: LockStore, signal: AbortSignal): Promise<readonly FoundLock[]> {
  const found: FoundLock[] = []
  for await (const { name, modifiedAt } of store.list(LOCKS_PREFIX, signal)) {
    const lock = parseLockName(name)
    if (lock !== undefined) found.push({ name, lock, modifiedAt })
  }
  return found
}

/** `now` is by the clock of the store, as are the times of all that was found. */
function judge(
  found: readonly FoundLock[],
  { lock, now, staleMs }: { readonly lock: LockName; readonly now: number; readonly staleMs: number },
): { readonly rivals: readonly FoundLock[]; readonly dead: readonly FoundLock[] } {
  const isDead = ({ modifiedAt }: FoundLock) => now - modifiedAt >= staleMs
  const others = found.filter((other) => other.lock.id !== lock.id)
  return {
    rivals: others.filter((other) => !isDead(other) && excludesLock(lock, other.lock)),
    dead: others.filter(isDead),
  }
}

/** Who may not delete leaves them: they count for nobody. */
async function bury(store: LockStore, dead: readonly FoundLock[], signal: AbortSignal): Promise<void> {
  const names = dead.map(({ name }) => name)
  await store.delete(names, signal).catch(() => signal.throwIfAborted())
}
