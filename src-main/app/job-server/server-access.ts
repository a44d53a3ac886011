import { Code, ConnectError } from '@connectrpc/connect'
import { HoldfastError } from '../../../src-shared/errors.ts'
import type { KnownJobServer } from '../../../src-shared/model/known-job-server.ts'
import {
  type ConnectVagrantOptions,
  connectVagrant,
  type VagrantConnection,
} from '../../engines/vagrant/client/connect-vagrant.ts'
import { translateVagrantError } from '../../engines/vagrant/client/vagrant-error.ts'
import { isLoopback } from '../servers/is-loopback.ts'

/** How to reach a job server, as a person gives it. */
export interface ServerAddress {
  /** `host:port` */
  readonly address: string
  readonly fingerprint?: string | undefined
}

/** Plain on this computer alone; elsewhere the certificate that was trusted, or one that the system trusts. */
export function tlsOf({ address, fingerprint }: ServerAddress): Pick<KnownJobServer, 'tls' | 'fingerprint'> {
  if (fingerprint !== undefined) return { tls: 'fingerprint', fingerprint }
  const host = address.replace(/:\d+$/, '').replace(/^\[|\]$/g, '')
  return { tls: isLoopback(host) ? 'none' : 'authorities' }
}

/** Throws `job-server/unreachable`, `job-server/outdated`, `input/invalid`. A wrong token is noticed at the first call. */
export function connectServer(
  { address, tls, fingerprint }: Pick<KnownJobServer, 'address' | 'tls' | 'fingerprint'>,
  token: string,
  signal: AbortSignal,
): Promise<VagrantConnection> {
  return connectVagrant({ address, token, tls: connectionTls(tls, fingerprint) }, signal)
}

function connectionTls(tls: KnownJobServer['tls'], fingerprint: string | undefined): ConnectVagrantOptions['tls'] {
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

/** An invite is turned into a login; a login is what it is. Throws `job-server/denied` for what is neither. */
export async function loginWith(
  server: Omit<KnownJobServer, 'id' | 'name'>,
  given: string,
  signal: AbortSignal,
): Promise<string> {
  const connection = await connectServer(server, given, signal)
  try {
    const token = await connection.client.convertInviteToken({ token: given }, { signal }).then(
      (converted) => converted.token,
      (error: unknown) => {
        if (error instanceof ConnectError && error.code === Code.InvalidArgument) return given
        throw error
      },
    )
    if (token !== given) return token
    await connection.client._ListJobs({}, { signal })
    return given
  } catch (error) {
    throw callFailure(error)
  } finally {
    connection.close()
  }
}
