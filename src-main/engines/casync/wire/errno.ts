import { ProtocolError } from '../../../../src-shared/errors.ts'

/** Numbers of Linux, which travel in ABORT whatever the system (spec casync, appendix C). */
export const errno = {
  ENOENT: 2,
  ESRCH: 3,
  EIO: 5,
  EAGAIN: 11,
  EEXIST: 17,
  EINVAL: 22,
  ENOTTY: 25,
  EFBIG: 27,
  ENOSPC: 28,
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
  ESTALE: 116,
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
