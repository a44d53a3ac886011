import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect as connectPlain, isIP } from 'node:net'
import { Duplex } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { HoldfastError } from '../../../../src-shared/errors.ts'
import { errorCode } from '../../../os/system-error.ts'

/** Where an agent is, and how the way there is kept safe. */
export type AgentAddress =
  | {
      readonly kind: 'tcp'
      readonly host: string
      readonly port: number
      /** Absent: in clear, which is refused beyond this computer unless it is allowed. */
      readonly tls?: AgentTls | undefined
      readonly allowClear?: boolean | undefined
    }
  /** A program that speaks to the agent over its standard input and output, such as `ssh db holdfast host xtrabackup-agent --stdio`. */
  | { readonly kind: 'command'; readonly command: readonly [string, ...string[]] }

export interface AgentTls {
  /** SHA-256 of the agent's certificate, as hex with or without colons; then who signed it does not matter. */
  readonly fingerprint?: string | undefined
  /** PEM of who signs instead of the system's list. */
  readonly authority?: string | undefined
}

const connectTimeoutMs = 20_000
/** As the original: an agent that restarts is given a little time. */
const attempts = 3

/** Throws `mysql/agent-unreachable`. The caller ends the stream. */
export async function dialAgent(address: AgentAddress, signal: AbortSignal): Promise<Duplex> {
  if (address.kind === 'command') return spawnCommand(address.command, signal)
  requireSafe(address)
  const { host, port, tls } = address
  for (let attempt = 1; ; attempt++) {
    try {
      return tls === undefined
        ? await connected(connectPlain({ host, port }), 'connect', signal)
        : await connectSafely(host, port, tls, signal)
    } catch (error) {
      signal.throwIfAborted()
      if (attempt < attempts && errorCode(error) === 'ECONNREFUSED') {
        await sleep(attempt * 300, undefined, { signal })
        continue
      }
      if (error instanceof HoldfastError) throw error
      const detail = `${host}:${port}: ${error instanceof Error ? error.message : String(error)}`
      throw new HoldfastError('mysql/agent-unreachable', { detail, cause: error })
    }
  }
}

function requireSafe({ host, tls, allowClear }: Extract<AgentAddress, { kind: 'tcp' }>): void {
  if (tls !== undefined || allowClear === true || isLoopback(host)) return
  throw new HoldfastError('mysql/agent-unreachable', {
    detail: `${host} is another computer, and the connection would be in clear.`,
    hint: 'Turn TLS on, here and at the agent, or go through ssh.',
  })
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}

async function connectSafely(host: string, port: number, tls: AgentTls, signal: AbortSignal): Promise<Duplex> {
  const { fingerprint, authority } = tls
  const socket = connectTls({
    ...{ host, port, minVersion: 'TLSv1.2' },
    ...(isIP(host) === 0 && { servername: host }),
    ...(authority !== undefined && { ca: authority }),
    // With a fingerprint the certificate itself is what is trusted: compared below, before a byte is sent.
    rejectUnauthorized: fingerprint === undefined,
  })
  await connected(socket, 'secureConnect', signal)
  if (fingerprint !== undefined && !hasFingerprint(socket, fingerprint)) {
    socket.destroy()
    throw new HoldfastError('mysql/agent-unreachable', { detail: `The certificate of ${host} is another one.` })
  }
  return socket
}

function hasFingerprint(socket: TLSSocket, wanted: string): boolean {
  const plain = (text: string): string => text.replaceAll(':', '').toLowerCase()
  return plain(socket.getPeerCertificate().fingerprint256 ?? '') === plain(wanted)
}

async function connected<Stream extends Duplex>(socket: Stream, event: string, signal: AbortSignal): Promise<Stream> {
  try {
    await once(socket, event, { signal: AbortSignal.any([signal, AbortSignal.timeout(connectTimeoutMs)]) })
    socket.on('error', () => {}) // whoever reads or writes hears of it
    return socket
  } catch (error) {
    socket.on('error', () => {})
    socket.destroy()
    throw error
  }
}

function spawnCommand([program, ...args]: readonly [string, ...string[]], signal: AbortSignal): Duplex {
  const child = spawn(program, args, { shell: false, stdio: ['pipe', 'pipe', 'inherit'], signal })
  child.on('error', (error) => child.stdout.destroy(error))
  return duplexOf(child)
}

function duplexOf(child: ChildProcess): Duplex {
  const { stdin, stdout } = child
  if (stdin === null || stdout === null) throw new Error('a child with pipes has no pipes')
  stdin.on('error', () => {}) // it ended: reading says so
  const stream = Duplex.from({ readable: stdout, writable: stdin })
  stream.on('error', () => {})
  stream.on('close', () => child.kill())
  return stream
}
