import { connect as connectSocket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { type Client, createClient, type Interceptor, type Transport } from '@connectrpc/connect'
import { createGrpcTransport, Http2SessionManager } from '@connectrpc/connect-node'
import { HoldfastError } from '../../../../src-shared/errors.ts'
import { Vagrant, type VersionInfo } from '../generated/server_pb.js'
import {
  apiHeader,
  entrypointHeader,
  formatVersionRange,
  negotiateVersion,
  spokenVersions,
  versionHeader,
} from '../wire/protocol-version.ts'
import { translateVagrantError } from './vagrant-error.ts'
import { tlsOptions, type VagrantTls } from './vagrant-tls.ts'

export interface ConnectVagrantOptions {
  /** `host:port` */
  readonly address: string
  readonly token?: string | undefined
  /** Absent: plain. */
  readonly tls?: VagrantTls | undefined
  /** What is told of the software; the server never reads it. */
  readonly version?: string
  /** How long connecting and the first answer may take. */
  readonly dialTimeoutMs?: number
  /** How often a connection with open calls is asked whether it is still there. */
  readonly pingIntervalMs?: number
}

export interface VagrantConnection {
  readonly client: Client<typeof Vagrant>
  readonly transport: Transport
  readonly info: VersionInfo | undefined
  close(): void
}

const defaultDialTimeoutMs = 5_000
const defaultPingIntervalMs = 30_000
const pingTimeoutMs = 15_000
/** Job lists and batches may be larger than gRPC's default. */
const maximumReceivedBytes = 64 * 1024 * 1024

/**
 * Connects to a Vagrant-style server and agrees on a protocol version (section 4.3). Throws `auth/untrusted`, `job-server/unreachable`,
 * `job-server/outdated`, `job-server/denied`.
 */
export async function connectVagrant(options: ConnectVagrantOptions, signal: AbortSignal): Promise<VagrantConnection> {
  const { address, token, tls, dialTimeoutMs = defaultDialTimeoutMs, pingIntervalMs = defaultPingIntervalMs } = options
  const { host, port } = splitAddress(address)
  const baseUrl = `${tls === undefined ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${port}`
  const secure = tls === undefined ? undefined : await tlsOptions({ host, port, tls, dialTimeoutMs, signal })
  const sessionManager = new Http2SessionManager(
    baseUrl,
    // Pings without calls would go on after the end: the last call to close starts their timer again, on a session that is gone by
    // then, and what that throws ends the process.
    { pingIntervalMs, pingTimeoutMs, pingIdleConnection: false },
    {
      createConnection: () => (secure === undefined ? connectSocket({ host, port }) : connectTls(secure)),
    },
  )
  const transport = createGrpcTransport({
    baseUrl,
    sessionManager,
    readMaxBytes: maximumReceivedBytes,
    interceptors: [clientMetadata(token, options.version ?? '')],
  })
  const client = createClient(Vagrant, transport)
  try {
    const timeout = AbortSignal.timeout(dialTimeoutMs)
    const { info } = await client.getVersionInfo({}, { signal: AbortSignal.any([signal, timeout]) })
    if (info?.api !== undefined) negotiateVersion(spokenVersions, info.api)
    return { client, transport, info, close: () => sessionManager.abort() }
  } catch (error) {
    sessionManager.abort()
    signal.throwIfAborted()
    throw translateVagrantError(error)
  }
}

/** The three headers of section 4.1, and the token as section 5.1 has it. */
export function clientMetadata(token: string | undefined, version: string): Interceptor {
  return (next) => async (request) => {
    request.header.set(apiHeader, formatVersionRange(spokenVersions))
    request.header.set(entrypointHeader, formatVersionRange(spokenVersions))
    request.header.set(versionHeader, version)
    if (token !== undefined && token !== '') request.header.set('authorization', token)
    return await next(request)
  }
}

function splitAddress(address: string): { host: string; port: number } {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(address)
  const host = match?.[1] ?? match?.[2]
  const port = Number(match?.[3])
  if (host === undefined || port < 1 || port > 65_535) {
    throw new HoldfastError('input/invalid', { detail: `${address} is not a host and a port.` })
  }
  return { host, port }
}
