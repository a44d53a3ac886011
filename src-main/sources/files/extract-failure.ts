import { HoldfastError } from '../../../src-shared/errors.ts'
import { describeSystemError, errorCode } from '../../os/system-error.ts'
import type { ProblemCode } from './walk-problem.ts'
import { ContentError } from './write-content.ts'

/** A file's own content is lost; the rest of the snapshot may be whole. */
const ofOneFile = new Set(['file/unreadable', 'chunk/corrupt', 'chunk/missing', 'blob/corrupt', 'archive/corrupt'])

/**
 * Why one entry could not be restored. What concerns all of them is thrown instead: a full or read-only disk, a
 * repository that is gone, a cancel, a bug.
 */
export function entryFailure(error: unknown): { code: ProblemCode; reason: string } {
  if (error instanceof ContentError) {
    const { cause } = error
    if (cause === undefined) return { code: 'damaged', reason: error.message }
    if (cause instanceof HoldfastError && ofOneFile.has(cause.code)) return { code: 'damaged', reason: cause.message }
    throw cause
  }
  const code = error instanceof HoldfastError ? undefined : errorCode(error)
  if (code === undefined) throw error
  throwIfDiskFailed(error)
  const isInTheWay = code === 'EEXIST' || code === 'ENOTEMPTY' || code === 'EISDIR'
  return { code: isInTheWay ? 'in-the-way' : 'unwritable', reason: describeSystemError(error) }
}

/** A disk that takes nothing more ends a restore at once. */
export function throwIfDiskFailed(cause: unknown): void {
  const code = errorCode(cause)
  if (code === 'ENOSPC' || code === 'EDQUOT') throw new HoldfastError('disk/full', { cause })
  if (code === 'EROFS') throw new HoldfastError('disk/read-only', { cause })
}
