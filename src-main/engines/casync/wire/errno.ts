import { ProtocolError } from '../../../../src-shared/errors.ts'

/** Numbers of Linux, which travel in ABORT whatever the system (spec casync, appendix C). */
export const errno = {
  EPERM: 1,
  ENOENT: 2,
  ESRCH: 3,
  EIO: 5,
  EAGAIN: 11,
  EACCES: 13,
  EEXIST: 17,
  ENOTDIR: 20,
  EISDIR: 21,
  EINVAL: 22,
  ENOTTY: 25,
  EFBIG: 27,
  ENOSPC: 28,
  EROFS: 30,
  EPIPE: 32,
  ENAMETOOLONG: 36,
  EUNATCH: 49,
  EBADE: 52,
  EBADR: 53,
  EBADMSG: 74,
  EPROTONOSUPPORT: 93,
  EOPNOTSUPP: 95,
  EADDRNOTAVAIL: 99,
  ECONNABORTED: 103,
  ETIMEDOUT: 110,
  ESTALE: 116,
  EDQUOT: 122,
  ENOMEDIUM: 123,
} as const

/** The peer broke the rules, with the number that casync would fail with: what an ABORT tells it. */
export class CaprotocolError extends ProtocolError {
  readonly errno: number

  constructor(field: string, offset: bigint | number, problem: string, number: number = errno.EBADMSG) {
    super('caprotocol', field, offset, problem)
    this.errno = number
  }
}
