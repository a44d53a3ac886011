import { type ErrorCode, HoldfastError } from '../../../../src-shared/errors.ts'
import { errorCode } from '../../../os/system-error.ts'
import { CaprotocolError, errno } from '../wire/errno.ts'
import type { Message } from '../wire/message.ts'

type AbortMessage = Extract<Message, { readonly type: 'abort' }>

const numbersByCode: Readonly<Partial<Record<ErrorCode, number>>> = {
  'chunk/corrupt': errno.EBADMSG,
  'chunk/missing': errno.ENOENT,
  'disk/full': errno.ENOSPC,
  'disk/read-only': errno.EROFS,
  'index/corrupt': errno.EBADMSG,
  'input/invalid': errno.EINVAL,
  'path/not-found': errno.ENOENT,
  'repository/unreachable': errno.ETIMEDOUT,
  'repository/unsupported': errno.EOPNOTSUPP,
}

const codesByNumber: ReadonlyMap<number, ErrorCode> = new Map<number, ErrorCode>([
  [errno.ENOENT, 'path/not-found'],
  [errno.ENOMEDIUM, 'path/not-found'],
  [errno.ENOSPC, 'disk/full'],
  [errno.EDQUOT, 'disk/full'],
  [errno.EROFS, 'disk/read-only'],
  [errno.EACCES, 'auth/denied'],
  [errno.EOPNOTSUPP, 'repository/unsupported'],
])

/** What we tell a peer before we give up. Nothing of a bug of ours but that there is one. */
export function abortMessage(error: unknown): AbortMessage {
  const { number, reason } = describe(error)
  return { type: 'abort', errno: number, reason }
}

/** What a peer told us before it gave up (spec casync §3.10). */
export function peerAborted({ errno: number, reason }: AbortMessage): HoldfastError {
  const name = Object.entries(errno).find(([, value]) => value === number)?.[0] ?? `error ${number}`
  const detail = `At the far end: ${reason === '' ? name : reason}`
  return new HoldfastError(codesByNumber.get(number) ?? 'repository/aborted', { detail })
}

function describe(error: unknown): { readonly number: number; readonly reason: string } {
  if (error instanceof CaprotocolError) return { number: error.errno, reason: error.message }
  if (error instanceof HoldfastError) {
    const number = numbersByCode[error.code] ?? numberOfSystem(error.cause) ?? errno.EIO
    return { number, reason: error.message }
  }
  const number = numberOfSystem(error)
  if (number !== undefined) return { number, reason: error instanceof Error ? error.message : '' }
  const isAbort = error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError')
  return isAbort
    ? { number: errno.ECONNABORTED, reason: 'It was cancelled.' }
    : { number: errno.EIO, reason: 'Something unexpected happened.' }
}

function numberOfSystem(error: unknown): number | undefined {
  const name = errorCode(error)
  return Object.entries(errno).find(([known]) => known === name)?.[1]
}
