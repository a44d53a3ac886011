import { once } from 'node:events'
import { isIP } from 'node:net'
import { type ConnectionOptions, connect, type PeerCertificate } from 'node:tls'
import { HoldfastError } from '../../../../src-shared/errors.ts'

/** How the other end proves who it is. */
export type VagrantTls =
  | { readonly check: 'authorities'; readonly ca?: string }
  /** SHA-256 of the certificate, hexadecimal with or without colons: pinned on first trust. */
  | { readonly check: 'fingerprint'; readonly fingerprint: string }
  | { readonly check: 'nothing' }

export interface TlsTarget {
  readonly host: string
  readonly port: number
  readonly tls: VagrantTls
  readonly dialTimeoutMs: number
  readonly signal: AbortSignal
}

/** What a connection is made with. Throws `auth/untrusted` when the certificate is not the pinned one, `job-server/unreachable`. */
export async function tlsOptions(target: TlsTarget): Promise<ConnectionOptions> {
  const { host, port, tls } = target
  const base: ConnectionOptions = {
    host,
    port,
    ALPNProtocols: ['h2'],
    ...(isIP(host) === 0 ? { servername: host } : {}),
  }
  switch (tls.check) {
    case 'authorities':
      return tls.ca === undefined ? base : { ...base, ca: tls.ca }
    case 'nothing':
      return { ...base, rejectUnauthorized: false }
    case 'fingerprint':
      return { ...base, ...(await pinned(base, tls.fingerprint, target)) }
  }
}

/**
 * Looks at the certificate on a connection that carries nothing, then trusts this one certificate alone. So each later connection is
 * checked within its handshake: a socket that is given up after it would already have been handed to HTTP/2.
 */
async function pinned(base: ConnectionOptions, fingerprint: string, target: TlsTarget): Promise<ConnectionOptions> {
  const socket = connect({ ...base, rejectUnauthorized: false })
  try {
    const signal = AbortSignal.any([target.signal, AbortSignal.timeout(target.dialTimeoutMs)])
    await once(socket, 'secureConnect', { signal })
    const certificate = socket.getPeerCertificate()
    if (!isPinned(certificate, fingerprint)) {
      throw new HoldfastError('auth/untrusted', {
        detail: `It shows ${certificate.fingerprint256}.`,
        hint: 'Ask whoever runs the server whether that is its fingerprint, and connect to it again.',
      })
    }
    const pem = `-----BEGIN CERTIFICATE-----\n${certificate.raw.toString('base64')}\n-----END CERTIFICATE-----\n`
    return {
      ca: pem,
      allowPartialTrustChain: true,
      checkServerIdentity: (_host, found) =>
        isPinned(found, fingerprint) ? undefined : new Error('the certificate is not the one that was trusted'),
    }
  } catch (cause) {
    target.signal.throwIfAborted()
    if (cause instanceof HoldfastError) throw cause
    const detail = cause instanceof Error ? cause.message : undefined
    throw new HoldfastError('job-server/unreachable', { detail, cause })
  } finally {
    socket.destroy()
  }
}

function isPinned(certificate: PeerCertificate, fingerprint: string): boolean {
  return plainHex(certificate.fingerprint256) === plainHex(fingerprint)
}

function plainHex(fingerprint: string): string {
  return fingerprint.replaceAll(':', '').toLowerCase()
}
