import { type ErrorCode, HoldfastError, ProtocolError } from '../../src-shared/errors.ts'

export interface Damage {
  readonly format: string
  readonly field: string
  readonly offset: bigint | number
  readonly problem: string
  readonly cause?: unknown
}

/** What a person is told (the code) and what a developer needs (which field, where) about a file that cannot be right. */
export function damaged(code: ErrorCode, { format, field, offset, problem, cause }: Damage): HoldfastError {
  const reason = new ProtocolError(format, field, offset, problem, cause)
  return new HoldfastError(code, { detail: reason.message, cause: reason })
}
