import { errorCode } from './system-error.ts'

const problems: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  EHOSTUNREACH: 'there is no way to it',
  ENETUNREACH: 'there is no way to it',
  ENOTFOUND: 'nobody knows this name',
  EAI_AGAIN: 'the name service did not answer',
  ETIMEDOUT: 'it did not answer in time',
  EPROTO: 'it does not speak TLS',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS',
}

/** Why a connection failed, as the end of a sentence. */
export function connectionProblem(cause: unknown): string {
  const isTimeout = cause instanceof Error && cause.name === 'TimeoutError'
  return problems[isTimeout ? 'ETIMEDOUT' : (errorCode(cause) ?? '')] ?? 'the connection failed'
}
