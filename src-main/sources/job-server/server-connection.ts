import { Code, ConnectError } from '@connectrpc/connect'
import { HoldfastError } from '../../../src-shared/errors.ts'
import type { JobServerAddress } from '../../../src-shared/model/job-server-source.ts'
import {
  type ConnectVagrantOptions,
  connectVagrant,
  type VagrantConnection,
} from '../../engines/vagrant/client/connect-vagrant.ts'
import { translateVagrantError } from '../../engines/vagrant/client/vagrant-error.ts'

/** Throws `job-server/unreachable`, `job-server/outdated`, `input/invalid`. A wrong token is noticed at the first call. */
export function connectServer(
  { address, tls, fingerprint }: JobServerAddress,
  token: string,
  signal: AbortSignal,
): Promise<VagrantConnection> {
  return connectVagrant({ address, token, tls: connectionTls(tls, fingerprint) }, signal)
}

function connectionTls(tls: JobServerAddress['tls'], fingerprint: string | undefined): ConnectVagrantOptions['tls'] {
  if (tls === 'none') return undefined
  return tls === 'fingerprint' && fingerprint !== undefined
    ? { check: 'fingerprint', fingerprint }
    : { check: 'authorities' }
}

/** What a call failed with, as a person can use it; never a bug of ours. */
export function callFailure(error: unknown): unknown {
  const translated = translateVagrantError(error)
  if (!(translated instanceof ConnectError)) return translated
  if (translated.code === Code.NotFound) return new HoldfastError('job/unknown', { cause: error })
  return new HoldfastError('input/invalid', { detail: translated.rawMessage, cause: error })
}
