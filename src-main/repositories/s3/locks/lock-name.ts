import { createHash } from 'node:crypto'
import { LOCKS_PREFIX } from '../object-names.ts'

/**
 * What the name of a lock says: all that decides who has to wait for whom, so that one listing is enough.
 *
 *     .locks/write-3f786850e387550fdab836ed7e6dc881de23001b-9e107d9d372bb6826bd81d3542a419d6.json
 */
export interface LockName {
  readonly kind: LockKind
  /** Of what: a sum, since a namespace, type, id and time can together be longer than the name of an object. */
  readonly scope: string
  /** Of this one lock, and never of another: who deletes a dead lock cannot hit a living one. */
  readonly id: string
}

export type LockKind = 'read' | 'write' | 'remove' | 'change' | 'sweep'

const LOCK_NAME = /^(read|write|remove|change|sweep)-([0-9a-f]{40})-([0-9a-f]{32})\.json$/

const excluded: Readonly<Record<LockKind, readonly LockKind[]>> = {
  read: ['remove'],
  write: ['write', 'sweep'],
  remove: ['read', 'change', 'remove'],
  change: ['change', 'remove'],
  sweep: ['write', 'sweep'],
}

/** For the prefix of a group or a snapshot in the bucket; empty for all of it. */
export function lockScope(prefix: string): string {
  return createHash('sha256').update(prefix).digest('hex').slice(0, 40)
}

export function formatLockName({ kind, scope, id }: LockName): string {
  return `${LOCKS_PREFIX}${kind}-${scope}-${id}.json`
}

/** Undefined for what is no lock. */
export function parseLockName(name: string): LockName | undefined {
  const match = name.startsWith(LOCKS_PREFIX) ? LOCK_NAME.exec(name.slice(LOCKS_PREFIX.length)) : null
  const [, kind, scope, id] = match ?? []
  if (kind === undefined || scope === undefined || id === undefined) return undefined
  return { kind: kind as LockKind, scope, id } // the expression lets nothing else through
}

/** Whether the two cannot be held at once; the same whichever comes first. */
export function excludesLock(one: LockName, other: LockName): boolean {
  if (!excluded[one.kind].includes(other.kind)) return false
  return one.kind === 'sweep' || other.kind === 'sweep' || one.scope === other.scope
}
