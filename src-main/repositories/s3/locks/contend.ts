import type { Bucket } from '../bucket.ts'
import { LOCKS_PREFIX } from '../object-names.ts'
import { excludesLock, formatLockName, type LockName, parseLockName } from './lock-name.ts'
import type { LockTime } from './lock-time.ts'

export interface Contender {
  readonly store: Pick<Bucket, 'put' | 'list' | 'delete'>
  readonly time: LockTime
  readonly lock: LockName
  readonly content: Uint8Array
  readonly staleMs: number
  readonly graceMs: number
}

export type Contest =
  | {
      readonly isWon: true
      /** Before the lock was put there, by our clock. */
      readonly freshAt: number
      /** When it was, by the clock of the store. */
      readonly modifiedAt: number
    }
  /** The lock that is in the way; none when our own is not in the bucket any more. */
  | { readonly isWon: false; readonly rival: string | undefined }

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
  const { store, time, lock, content, graceMs } = contender
  const name = formatLockName(lock)
  const freshAt = time.now()
  await store.put(name, content, signal)
  for (let round = 0; ; round++) {
    const { modifiedAt, rivals } = await look(contender, signal)
    // The computer may have slept since the put, and others seen the lock dead.
    const isOver = time.now() - freshAt >= graceMs
    if (modifiedAt === undefined || isOver) return { isWon: false, rival: undefined }
    const first = rivals[0]
    if (first === undefined) return { isWon: true, freshAt, modifiedAt }
    const stayMs = rivals.every(({ id }) => lock.id < id) ? STAY_MS[round] : undefined
    if (stayMs === undefined) return { isWon: false, rival: formatLockName(first) }
    await time.pause(stayMs, signal)
  }
}

/** Deletes what is dead on the way. `modifiedAt` is that of our own lock, if it is there. */
async function look(
  { store, lock, staleMs }: Contender,
  signal: AbortSignal,
): Promise<{ readonly modifiedAt: number | undefined; readonly rivals: readonly LockName[] }> {
  let modifiedAt: number | undefined
  const others: { readonly name: string; readonly lock: LockName; readonly modifiedAt: number }[] = []
  for await (const object of store.list(LOCKS_PREFIX, signal)) {
    const other = parseLockName(object.name)
    if (other?.id === lock.id) modifiedAt = object.modifiedAt
    else if (other !== undefined) others.push({ ...object, lock: other })
  }
  // Both times are the store's: that of our own lock is the latest that we know of.
  const now = modifiedAt ?? Number.NEGATIVE_INFINITY
  const dead = others.filter((other) => now - other.modifiedAt >= staleMs)
  if (dead.length > 0) await bury(store, dead, signal)
  const rivals = others.filter((other) => !dead.includes(other) && excludesLock(lock, other.lock))
  return { modifiedAt, rivals: rivals.map((rival) => rival.lock) }
}

/** Who may not delete leaves them: they count for nobody. */
async function bury(
  store: Contender['store'],
  dead: readonly { readonly name: string }[],
  signal: AbortSignal,
): Promise<void> {
  const names = dead.map(({ name }) => name)
  await store.delete(names, signal).catch(() => signal.throwIfAborted())
}
