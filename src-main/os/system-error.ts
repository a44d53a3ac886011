import { getSystemErrorName } from 'node:util'

/** The error of a failed system call, in the shape that Node's own `fs` throws: decide by `code`. */
export function systemError(errno: number, syscall: string): NodeJS.ErrnoException {
  const code = getSystemErrorName(-errno)
  return Object.assign(new Error(`${code}: ${syscall}`), { code, errno: -errno, syscall })
}

/** The `code` of a system error, `undefined` for anything else that was thrown. */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

const sentences: Readonly<Record<string, string>> = {
  EACCES: 'Permission denied',
  EPERM: 'Not permitted',
  ENOENT: 'It vanished',
  ENOTDIR: 'It is no longer a folder',
  ELOOP: 'It was replaced by a link',
  ESTALE: 'It vanished from the network share',
  EIO: 'The disk could not read it',
  EBUSY: 'It is in use',
  EMFILE: 'Too many files are open',
  ENFILE: 'Too many files are open on this computer',
  ENAMETOOLONG: 'Its name is too long here',
  EEXIST: 'Something with this name is already there',
  EISDIR: 'A folder with this name is in the way',
  ENOTEMPTY: 'A folder with this name is in the way',
  ENOTSUP: 'The file system does not support this',
  EOPNOTSUPP: 'The file system does not support this',
  EINVAL: 'The file system refuses this',
  EILSEQ: 'The file system refuses this name',
  EFBIG: 'It is too large for this file system',
  EMLINK: 'It has too many names',
  EXDEV: 'It lies on another file system',
  ETXTBSY: 'It is being executed',
  ENOTCONN: 'The network share is not connected',
  ETIMEDOUT: 'The network share did not answer',
}

/** What a system error means to a person, without a path. */
export function describeSystemError(error: unknown): string {
  const code = errorCode(error)
  if (code === undefined) return error instanceof Error ? error.message : String(error)
  return `${sentences[code] ?? 'The operating system refused'} (${code})`
}
