import { constants } from 'node:fs'
import { type FileHandle, open, stat, unlink } from 'node:fs/promises'
import { HoldfastError } from '../../../src-shared/errors.ts'
import { type BoundCall, bindCalls } from '../../os/bind-calls.ts'
import { errorCode } from '../../os/system-error.ts'
import { asDiskError } from './disk-error.ts'

/**
 * Locks between processes, and between two holders in one process, that die with their process: flock(2) on POSIX, and
 * on Windows a handle opened without sharing. Neither waits.
 */

/** Many may hold it shared, or one exclusive. */
export type LockMode = 'shared' | 'exclusive'

export interface FileLock {
  /** May be called twice. */
  release(): Promise<void>
}

export interface LockOptions {
  /** Remove the file with its last holder, so that locks leave no litter. False for a file that must stay. */
  readonly isTransient: boolean
}

/** <sys/file.h>: the same numbers on Linux, macOS and the BSDs. */
const LOCK_SH = 1
const LOCK_EX = 2
const LOCK_NB = 4

/** libuv's flag for a Windows handle that nobody else may open (share mode 0); Node has no name for it. */
const UV_FS_O_EXLOCK = 0x1000_0000

/** Each round needs another process that removed the file in between: more than a few are a sign of something else. */
const MAX_ROUNDS = 100

/**
 * Takes the lock, or returns undefined when someone else holds it. The file is created. A shared lock on a disk that
 * cannot be written to is granted without one: nobody can change anything there through this mount either.
 */
export async function tryLockFile(
  file: string,
  mode: LockMode,
  options: LockOptions = { isTransient: true },
): Promise<FileLock | undefined> {
  try {
    return process.platform === 'win32' ? await lockByShareMode(file, mode) : await lockByFlock(file, mode, options)
  } catch (error) {
    if (mode === 'shared' && (errorCode(error) === 'EROFS' || errorCode(error) === 'EACCES')) {
      return { release: () => Promise.resolve() }
    }
    throw asDiskError(error, file)
  }
}

async function lockByFlock(file: string, mode: LockMode, { isTransient }: LockOptions): Promise<FileLock | undefined> {
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const handle = await open(file, constants.O_RDWR | constants.O_CREAT, 0o644)
    let isKept = false
    try {
      if (!flock(handle, mode === 'shared' ? LOCK_SH : LOCK_EX)) return undefined
      // The last holder may have removed the file after we opened it; then we hold a lock that nobody else looks at.
      isKept = await isStillNamed(handle, file)
      if (isKept) return flockHolder(handle, file, isTransient)
    } finally {
      if (!isKept) await handle.close()
    }
  }
  return undefined
}

function flockHolder(handle: FileHandle, file: string, isTransient: boolean): FileLock {
  let isHeld = true
  return {
    async release() {
      if (!isHeld) return
      isHeld = false
      try {
        // Only who holds the named file exclusively may remove it: any other holder would fail the check above.
        if (isTransient && flock(handle, LOCK_EX) && (await isStillNamed(handle, file))) await unlink(file)
      } finally {
        await handle.close()
      }
    },
  }
}

async function isStillNamed(handle: FileHandle, file: string): Promise<boolean> {
  const held = await handle.stat({ bigint: true })
  try {
    const named = await stat(file, { bigint: true })
    return held.ino === named.ino && held.dev === named.dev
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false
    throw error
  }
}

/** The file stays: on Windows another holder could not be told from nobody while it is removed. */
async function lockByShareMode(file: string, mode: LockMode): Promise<FileLock | undefined> {
  const sharing = mode === 'shared' ? 0 : UV_FS_O_EXLOCK
  try {
    const handle = await open(file, constants.O_RDWR | constants.O_CREAT | sharing, 0o644)
    let isHeld = true
    return {
      async release() {
        if (isHeld) await handle.close()
        isHeld = false
      },
    }
  } catch (error) {
    if (errorCode(error) === 'EBUSY') return undefined
    throw error
  }
}

let bound: BoundCall | undefined

function flock({ fd }: FileHandle, operation: number): boolean {
  bound ??= bindCalls(null)('flock', 'int', ['int', 'int'])
  for (;;) {
    try {
      bound(fd, operation | LOCK_NB)
      return true
    } catch (error) {
      const code = errorCode(error)
      if (code === 'EAGAIN' || code === 'EWOULDBLOCK') return false
      if (code === 'EINTR') continue
      throw new HoldfastError('repository/unsupported', {
        detail: `This file system has no locks (${code ?? 'no reason given'}).`,
        cause: error,
      })
    }
  }
}
