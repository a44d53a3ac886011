import { Code, ConnectError } from '@connectrpc/connect'
import type { JobServerAddress } from '../../../src-shared/model/job-server-source.ts'
import type { KnownJobServer } from '../../../src-shared/model/known-job-server.ts'
import { callFailure, connectServer } from '../../sources/job-server/server-connection.ts'
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

/** An invite is turned into a login; a login is what it is. Throws `job-server/denied` for what is neither. */
export async function loginWith(server: JobServerAddress, given: string, signal: AbortSignal): Promise<string> {
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
