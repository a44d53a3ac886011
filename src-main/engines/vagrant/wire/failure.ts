import { create } from '@bufbuild/protobuf'
import { Code, ConnectError } from '@connectrpc/connect'
import { type Status, StatusSchema } from '../generated/google/rpc/status_pb.js'

/** The gRPC codes this service answers with (section 6.1). */
const codes = {
  cancelled: Code.Canceled,
  unknown: Code.Unknown,
  'invalid-argument': Code.InvalidArgument,
  'not-found': Code.NotFound,
  'permission-denied': Code.PermissionDenied,
  'resource-exhausted': Code.ResourceExhausted,
  'failed-precondition': Code.FailedPrecondition,
  aborted: Code.Aborted,
  internal: Code.Internal,
  unavailable: Code.Unavailable,
  unauthenticated: Code.Unauthenticated,
} as const

type FailureName = keyof typeof codes

/** What a call fails with. Messages name the fragments that clients look for (section 6.1). */
export function failure(name: FailureName, message: string, cause?: unknown): ConnectError {
  return new ConnectError(message, codes[name], undefined, undefined, cause)
}

/** The same as a value inside a message: the error of a job, the reason why one is not valid. */
export function failureStatus(name: FailureName, message: string): Status {
  return create(StatusSchema, { code: codes[name], message })
}

/** The status a thrown value becomes when it ends a job. Bugs and system errors are UNKNOWN with their own words. */
export function statusOf(error: unknown): Status {
  if (error instanceof ConnectError) return create(StatusSchema, { code: error.code, message: error.rawMessage })
  return failureStatus('unknown', error instanceof Error ? error.message : String(error))
}

/** A reference or record that the request lacks. */
export function noProtoValue(): ConnectError {
  return failure('failed-precondition', 'no proto value provided')
}
