import { HoldfastError } from '../../../src-shared/errors.ts'
import { errorCode } from '../../os/system-error.ts'

/** What a failed write means to a person. Other errors, and errors that have a meaning already, pass through. */
export function asDiskError(error: unknown, path: string): unknown {
  switch (errorCode(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new HoldfastError('disk/full', {
        detail: path,
        hint: 'Free some space, or remove old snapshots and collect garbage.',
        cause: error,
      })
    case 'EROFS':
    case 'EACCES':
    case 'EPERM':
      return new HoldfastError('disk/read-only', {
        detail: path,
        hint: 'Check that the disk is not mounted read-only and that the folder belongs to you.',
        cause: error,
      })
    default:
      return error
  }
}

/** Runs a change on disk; what fails is thrown as `asDiskError` says. */
export async function changeDisk<Result>(path: string, change: () => Promise<Result>): Promise<Result> {
  try {
    return await change()
  } catch (error) {
    throw asDiskError(error, path)
  }
}

/** A change that a disk which cannot be written to may go without. */
export async function changeWhereWritable(change: () => Promise<void>): Promise<void> {
  try {
    await change()
  } catch (error) {
    if (!(error instanceof HoldfastError && error.code === 'disk/read-only')) throw error
  }
}
