import { HoldfastError } from '../../../../src-shared/errors.ts'
import { formatAddress, type NodeAddress } from '../cluster/node-address.ts'
import { decodeErrorBody } from '../wire/error-body.ts'
import type { Packet } from '../wire/packet.ts'
import { isTemporary, status, statusName } from '../wire/status.ts'

/** A node answered with something else than success. */
export class StatusError extends Error {
  override readonly name = 'StatusError'
  readonly status: number
  readonly context: string | undefined
  /** What came with it: a cluster map, for NotMyVbucket. */
  readonly value: Uint8Array

  constructor({ header, value }: Packet) {
    const { context } = decodeErrorBody(value)
    super(`${statusName(header.vbucketOrStatus)}${context ? `: ${context}` : ''}`)
    this.status = header.vbucketOrStatus
    this.context = context
    this.value = value
  }
}

/** The connection could not be made, or is gone. What was asked for may be asked for again. */
export class ConnectionLostError extends Error {
  override readonly name = 'ConnectionLostError'
}

/** The snapshot is not on its node any more, or its vbucket has moved: it has to be prepared anew. */
export class SnapshotGoneError extends Error {
  override readonly name = 'SnapshotGoneError'
}

export function hasStatus(error: unknown, code: number): error is StatusError {
  return error instanceof StatusError && error.status === code
}

/** Whether the same may work a little later. */
export function isWorthRetrying(error: unknown): boolean {
  return error instanceof ConnectionLostError || (error instanceof StatusError && isTemporary(error.status))
}

/** What a failure means to a person. Errors that have a meaning already pass through. */
export function asHoldfastError(error: unknown, node: NodeAddress | undefined): unknown {
  const where = node ? formatAddress(node) : undefined
  if (error instanceof ConnectionLostError) {
    return new HoldfastError('couchbase/unreachable', {
      detail: [where, error.message].filter(Boolean).join(': '),
      hint: 'Check address, port and network.',
      cause: error,
    })
  }
  if (!(error instanceof StatusError)) return error
  const detail = [where, error.message].filter(Boolean).join(': ')
  switch (error.status) {
    case status.authError:
    case status.authStale:
      return new HoldfastError('couchbase/denied', { detail, hint: 'Check user and password.', cause: error })
    case status.eaccess:
      return new HoldfastError('couchbase/denied', {
        detail,
        hint: 'Snapshots need a user with the role Full Admin.',
        cause: error,
      })
    case status.unknownCommand:
      return new HoldfastError('couchbase/refused', {
        detail,
        hint: 'File snapshots need Couchbase Server 8.0 or newer.',
        cause: error,
      })
    case status.notSupported:
      return new HoldfastError('couchbase/refused', {
        detail,
        hint: 'Ephemeral and memcached buckets have no snapshots.',
        cause: error,
      })
    default:
      return new HoldfastError('couchbase/refused', { detail, cause: error })
  }
}
