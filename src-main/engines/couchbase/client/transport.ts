import net from 'node:net'
import tls from 'node:tls'
import { HoldfastError } from '../../../../src-shared/errors.ts'
import { isCertificateError } from '../../../os/certificate-error.ts'
import { formatAddress, type NodeAddress } from '../cluster/node-address.ts'
import type { ByteInput } from '../wire/byte-input.ts'
import { ConnectionLostError } from './failures.ts'
import { SocketInput } from './socket-input.ts'

/** How a client trusts and shows itself. PEM throughout. */
export interface ClientTls {
  /** The cluster's authority; those of the system when absent. */
  readonly authority?: string | undefined
  readonly certificate?: string | undefined
  readonly key?: string | undefined
  readonly passphrase?: string | undefined
  /** SHA-256 of the one certificate that is accepted, hexadecimal, colons or not: instead of any authority. */
  readonly fingerprint?: string | undefined
  /** False accepts anybody: only for what another program asks for. */
  readonly isPeerVerified?: boolean | undefined
}

export interface TransportOptions {
  readonly tls?: ClientTls | undefined
  readonly connectTimeoutMs?: number | undefined
  /** Without a byte for this long although one is expected, the connection counts as lost. */
  readonly idleTimeoutMs?: number | undefined
}

export interface Transport {
  readonly input: ByteInput
  readonly isSecure: boolean
  write(bytes: Uint8Array): void
  /** May be called twice. */
  destroy(reason?: Error): void
  /** Called when somebody has waited for bytes for too long; again after another such time. */
  onIdle(listener: () => void): void
}

/** Both are choices of specification §14. */
const CONNECT_TIMEOUT_MS = 30_000
const IDLE_TIMEOUT_MS = 60_000

/** @throws ConnectionLostError, or HoldfastError `auth/untrusted` */
export async function connect(
  address: NodeAddress,
  { tls: secure, connectTimeoutMs = CONNECT_TIMEOUT_MS, idleTimeoutMs = IDLE_TIMEOUT_MS }: TransportOptions,
  signal: AbortSignal,
): Promise<Transport> {
  signal.throwIfAborted()
  const input: SocketInput = new SocketInput(() => socket.resume())
  const onread = { buffer: input.buffer, callback: input.callback }
  const target = { ...address, onread }
  const socket = secure ? tls.connect({ ...target, ...tlsOptions(secure) }) : net.connect(target)
  socket.on('error', (error) => input.finish(new ConnectionLostError(error.message, { cause: error })))
  socket.once('end', () => input.finish())
  socket.once('close', () => input.finish())
  const abort = () => socket.destroy()
  signal.addEventListener('abort', abort, { once: true })
  try {
    await established(socket, { secure, address, connectTimeoutMs })
  } catch (error) {
    socket.destroy()
    signal.throwIfAborted()
    throw error
  } finally {
    signal.removeEventListener('abort', abort)
  }
  socket.setNoDelay(true)
  socket.setTimeout(idleTimeoutMs)
  return {
    input,
    isSecure: secure !== undefined,
    write: (bytes) => void socket.write(bytes), // a failure is an 'error' event
    destroy(reason) {
      input.finish(reason)
      socket.destroy()
    },
    onIdle(listener) {
      socket.on('timeout', () => {
        if (input.isStarving) listener()
        socket.setTimeout(idleTimeoutMs)
      })
    },
  }
}

function established(
  socket: net.Socket | tls.TLSSocket,
  {
    secure,
    address,
    connectTimeoutMs,
  }: { secure: ClientTls | undefined; address: NodeAddress; connectTimeoutMs: number },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new ConnectionLostError(`no answer in ${connectTimeoutMs / 1000} s`)),
      connectTimeoutMs,
    )
    const fail = (error?: Error) => {
      clearTimeout(timer)
      reject(asConnectFailure(error, address))
    }
    socket.once('error', fail)
    socket.once('close', () => fail())
    socket.once(secure ? 'secureConnect' : 'connect', () => {
      clearTimeout(timer)
      if (!isPinned(socket, secure)) return fail(untrusted(address))
      resolve()
    })
  })
}

function tlsOptions(options: ClientTls): tls.ConnectionOptions {
  const { authority: ca, certificate: cert, key, passphrase, fingerprint, isPeerVerified = true } = options
  return {
    minVersion: 'TLSv1.2',
    rejectUnauthorized: isPeerVerified && fingerprint === undefined,
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(passphrase !== undefined && { passphrase }),
  }
}

function isPinned(socket: net.Socket, secure: ClientTls | undefined): boolean {
  if (secure?.fingerprint === undefined || !(socket instanceof tls.TLSSocket)) return true
  const plain = (text: string | undefined) => text?.replaceAll(':', '').toLowerCase()
  return plain(socket.getPeerCertificate().fingerprint256) === plain(secure.fingerprint)
}

function asConnectFailure(error: Error | undefined, address: NodeAddress): Error {
  if (error === undefined) return new ConnectionLostError('the connection was closed')
  if (error instanceof HoldfastError) return error
  if (isCertificateError(error)) return untrusted(address, error)
  return new ConnectionLostError(error.message, { cause: error })
}

function untrusted(address: NodeAddress, cause?: Error): HoldfastError {
  return new HoldfastError('auth/untrusted', {
    detail: formatAddress(address),
    hint: "Give the cluster's authority, or pin the certificate of this node.",
    cause,
  })
}
