import { HoldfastError, ProtocolError } from '../../../src-shared/errors.ts'
import { connectionProblem } from '../../os/connection-problem.ts'
import type { S3Address } from './s3-address.ts'

/** What the client library throws for an answer, as far as it is looked at. */
interface Refusal {
  readonly name: string
  readonly message: string
  readonly status: number
}

const denied: Readonly<Record<string, string>> = {
  AccessDenied: 'This key may not do that there.',
  AllAccessDisabled: 'The store has closed this account.',
  ExpiredToken: 'The token of this session is over.',
  InvalidAccessKeyId: 'The store does not know this access key.',
  InvalidToken: 'The store does not know the token of this session.',
  SignatureDoesNotMatch: 'The secret key is not that of this access key.',
}
const full = new Set(['QuotaExceeded', 'InsufficientCapacity', 'XMinioStorageFull', 'StorageFull', 'TooManyBuckets'])
/** Sent by a region that the bucket is not in. */
const elsewhere = new Set([
  'PermanentRedirect',
  'AuthorizationHeaderMalformed',
  'IllegalLocationConstraintException',
  'TemporaryRedirect',
])

export function isStatus(error: unknown, status: number): boolean {
  return refusalOf(error)?.status === status
}

export function hasCode(error: unknown, code: string): boolean {
  return refusalOf(error)?.name === code
}

/** Whether the store said no. If not, it may still carry out what it was asked for. */
export function isAnswered(error: unknown): boolean {
  return error instanceof HoldfastError && error.code !== 'repository/unreachable' && error.code !== 'repository/locked'
}

/** What went wrong, in the words of the house. What is known already passes through. */
export function bucketFailure(error: unknown, { bucket, endpoint, region }: S3Address): unknown {
  if (error instanceof HoldfastError || error instanceof ProtocolError) return error
  const refusal = refusalOf(error)
  if (refusal === undefined) return unreachable(error, endpoint)
  const { name, status, message } = refusal
  if (name === 'RequestTimeTooSkewed') {
    return new HoldfastError('auth/denied', {
      detail: 'The clocks of this computer and of the store are too far apart.',
      hint: 'Set the clock of this computer right.',
      cause: error,
    })
  }
  if (name === 'NoSuchBucket') {
    return new HoldfastError('repository/refused', {
      detail: `There is no bucket ${bucket}.`,
      hint: 'Make it where the store is kept, or check its name and the endpoint.',
      cause: error,
    })
  }
  if (elsewhere.has(name) || status === 301) {
    return new HoldfastError('repository/refused', {
      detail: `The bucket ${bucket} is not in the region ${region}.`,
      hint: 'Add its region to the address, as in ?region=eu-central-1.',
      cause: error,
    })
  }
  if (full.has(name) || status === 507)
    return new HoldfastError('disk/full', { detail: told(name, message), cause: error })
  if (denied[name] !== undefined || status === 401 || status === 403) {
    return new HoldfastError('auth/denied', { detail: denied[name] ?? told(name, message), cause: error })
  }
  if (status >= 500 || status === 429 || status === 408) return unreachable(error, endpoint, told(name, message))
  return new HoldfastError('repository/refused', { detail: told(name, message), cause: error })
}

function unreachable(error: unknown, endpoint: string | undefined, problem?: string): HoldfastError {
  const reason = problem ?? connectionProblem(error)
  return new HoldfastError('repository/unreachable', { detail: `${endpoint ?? 'Amazon S3'}: ${reason}.`, cause: error })
}

/** A store may say anything, and at any length. */
function told(name: string, message: string): string {
  const words = message === 'UnknownError' ? name : `${name}: ${message}`
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  return words.replaceAll(/[\x00-\x1f\x7f]/g, ' ').slice(0, 300)
}

function refusalOf(error: unknown): Refusal | undefined {
  if (!(error instanceof Error) || !('$metadata' in error)) return undefined
  const { $metadata: metadata } = error
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return undefined
  const { httpStatusCode: status } = metadata
  return typeof status === 'number' ? { name: error.name, message: error.message, status } : undefined
}
