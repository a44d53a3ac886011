import { Code, ConnectError } from '@connectrpc/connect'
import { HoldfastError, ProtocolError } from '../../../../src-shared/errors.ts'
import { isCertificateError } from '../../../os/certificate-error.ts'

/** What a failed call means to a person. An abort, and what is named already, passes as it is. */
export function translateVagrantError(error: unknown): unknown {
  if (error instanceof HoldfastError || error instanceof ProtocolError || !(error instanceof ConnectError)) return error
  const detail = error.rawMessage
  if (isCertificateError(error.cause)) {
    return new HoldfastError('auth/untrusted', {
      detail,
      hint: 'Give the fingerprint that the server shows under Services.',
      cause: error,
    })
  }
  switch (error.code) {
    case Code.Unavailable:
    case Code.DeadlineExceeded:
    case Code.Canceled:
      return new HoldfastError('job-server/unreachable', { detail, cause: error })
    case Code.Unauthenticated:
    case Code.PermissionDenied:
      return new HoldfastError('job-server/denied', { detail, cause: error })
    case Code.Unimplemented:
      return new HoldfastError('job-server/unsupported', { detail, cause: error })
    case Code.InvalidArgument:
      return /outdated/.test(detail) ? new HoldfastError('job-server/outdated', { detail, cause: error }) : error
    case Code.Unknown:
      // So say servers of Vagrant up to 2.3.6 (section 5.4).
      return /invalid authentication token|bad (magic|signature)|unknown key/.test(detail)
        ? new HoldfastError('job-server/denied', { detail, cause: error })
        : error
    default:
      // A certificate that is not trusted, a connection that broke: Node's own error is the cause.
      return error.cause instanceof Error && 'code' in error.cause
        ? new HoldfastError('job-server/unreachable', { detail, cause: error })
        : error
  }
}
