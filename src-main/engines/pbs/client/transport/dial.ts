import { once } from 'node:events'
import { connect, isIP, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import tls, { type SecureContext, type TLSSocket } from 'node:tls'
import { HoldfastError } from '../../../../../src-shared/errors.ts'
import { certificateFingerprint } from '../../wire/fingerprint.ts'
import { type Endpoint, UntrustedCertificateError, unreachable } from './connection-failure.ts'
import { connectThroughProxy, type HttpProxy } from './proxy.ts'

/** As the original client has it (spec pbs §1.1). */
export const CONNECT_TIMEOUT_MS = 10_000
const KEEP_ALIVE_MS = 60_000

export interface DialTarget extends Endpoint {
  /** Trusted by a person; needed unless an authority vouches for the certificate. */
  readonly fingerprint?: string | undefined
  /** See trust-store.ts. */
  readonly trustStore: () => SecureContext
  readonly proxy?: HttpProxy | undefined
  readonly connectTimeoutMs?: number | undefined
}

/**
 * A TLS connection to a server that is the right one: an authority vouches for it, or its certificate is the pinned one
 * (spec pbs §1.1). Nothing has been written to it but the handshake, so that no secret ever reaches an impostor. Throws
 * `UntrustedCertificateError` and `repository/unreachable`.
 */
export async function dial(target: DialTarget, signal: AbortSignal): Promise<TLSSocket> {
  signal.throwIfAborted()
  const deadline = AbortSignal.timeout(target.connectTimeoutMs ?? CONNECT_TIMEOUT_MS)
  const limited = AbortSignal.any([signal, deadline])
  let carrier: Duplex | undefined
  try {
    carrier = await (target.proxy === undefined
      ? connectTcp(target, limited)
      : connectThroughProxy(target.proxy, target, limited))
    return await secure(carrier, target, limited)
  } catch (error) {
    carrier?.destroy()
    signal.throwIfAborted()
    if (error instanceof HoldfastError) throw error
    throw unreachable(target, deadline.aborted ? deadline.reason : error)
  }
}

async function connectTcp({ host, port }: Endpoint, signal: AbortSignal): Promise<Socket> {
  const socket = connect({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS })
  try {
    await once(socket, 'connect', { signal })
    return socket
  } catch (error) {
    socket.destroy()
    throw error
  }
}

async function secure(carrier: Duplex, target: DialTarget, signal: AbortSignal): Promise<TLSSocket> {
  const { host, fingerprint, trustStore } = target
  // Who hears of what happens later is whoever uses the connection; an 'error' that nobody hears ends the process.
  carrier.on('error', () => undefined)
  const socket = tls.connect({
    socket: carrier,
    host,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    // HTTP/2 begins only after the upgrade.
    ALPNProtocols: ['http/1.1'],
    secureContext: trustStore(),
    // Checked below: a certificate that nobody vouches for may still be the pinned one.
    rejectUnauthorized: false,
  })
  socket.on('error', () => undefined)
  await once(socket, 'secureConnect', { signal })
  if (socket.authorized) return socket
  const certificate = socket.getPeerX509Certificate()
  const presented = certificate === undefined ? 'none' : certificateFingerprint(certificate.raw)
  if (fingerprint !== undefined && presented === fingerprint.toLowerCase()) return socket
  socket.destroy()
  throw new UntrustedCertificateError(target, { presented, expected: fingerprint })
}
