import { randomUUID } from 'node:crypto'
import { ORPCError } from '@orpc/server'
import { errorCodes, HoldfastError, ProtocolError } from '../../src-shared/errors.ts'
import type { PlainError } from '../../src-shared/model/plain-error.ts'

/** Where bugs are written down in full; never shown to a person. */
export interface BugLog {
  bug(id: string, error: unknown): void
}

/** Aborts pass through untouched and are nobody's error (style E6). */
export function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError'
}

/** A failure as plain fields (style E7). A bug loses its message and gets an id that finds the line of the log. */
export function toPlainError(error: unknown, log: BugLog): PlainError {
  if (error instanceof HoldfastError) {
    return error.hint === undefined
      ? { code: error.code, message: error.message }
      : { code: error.code, message: error.message, hint: error.hint }
  }
  if (error instanceof ProtocolError) return { code: 'protocol/violation', message: error.message }
  const id = randomUUID().slice(0, 8)
  log.bug(id, error)
  return { code: 'internal', message: errorCodes.internal, hint: `The log has the details under ${id}.` }
}

/** What a handler threw as what crosses: one conversion for the whole contract. */
export function toContractError(error: unknown, log: BugLog): unknown {
  if (isAbort(error) || error instanceof ORPCError) return error
  const plain = toPlainError(error, log)
  // `defined` tells the client that the error is one of ours: every code is in the one list (style E2).
  return new ORPCError(plain.code, {
    defined: true,
    message: plain.message,
    data: plain.hint === undefined ? {} : { hint: plain.hint },
  })
}

/** Bridges an error that was already made plain, as a worker thread hands over, back into one that can be thrown. */
export function fromPlainError(plain: PlainError): HoldfastError {
  const sentence = errorCodes[plain.code]
  const detail = plain.message.startsWith(`${sentence} `) ? plain.message.slice(sentence.length + 1) : undefined
  return new HoldfastError(plain.code, { detail, hint: plain.hint })
}
