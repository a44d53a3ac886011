import { HoldfastError } from '../../../../../src-shared/errors.ts'
import { connectionProblem } from '../../../../os/connection-problem.ts'
import { errorCode } from '../../../../os/system-error.ts'
import { formatEndpoint } from '../address/repository-address.ts'

/** A server that could not be reached, or no longer. */
export interface Endpoint {
  readonly host: string
  readonly port: number
}

/** The certificate is neither vouched for by an authority nor the one that was pinned (spec pbs §1.1). */
export class UntrustedCertificateError extends HoldfastError {
  /** What the server showed: to be shown to a person, and pinned when that person says so. */
  readonly presented: string
  /** What was pinned. When there is none, nobody was asked yet; else the server, or somebody in between, is another. */
  readonly expected: string | undefined

  constructor(endpoint: Endpoint, { presented, expected }: { presented: string; expected: string | undefined }) {
    const shown = `${formatEndpoint(endpoint)} shows the fingerprint ${presented}`
    super('auth/untrusted', {
      detail: expected === undefined ? `${shown}.` : `${shown}, ${expected} was trusted.`,
      hint:
        expected === undefined
          ? 'Compare it with the one that the server itself shows, and trust it if they are equal.'
          : 'Find out why it changed before you trust it.',
    })
    this.presented = presented
    this.expected = expected
  }
}

export function unreachable(endpoint: Endpoint, cause: unknown, problem?: string): HoldfastError {
  const reason = problem ?? connectionProblem(cause)
  return new HoldfastError('repository/unreachable', { detail: `${formatEndpoint(endpoint)}: ${reason}.`, cause })
}

/** Whether the same may work a moment later: the connection was lost or refused, as while a server starts again. */
export function isConnectionLost(error: unknown): boolean {
  if (!(error instanceof HoldfastError) || error.code !== 'repository/unreachable') return false
  return errorCode(error.cause) !== 'ENOTFOUND'
}
