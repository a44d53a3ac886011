import { HoldfastError, ProtocolError } from '../../../../src-shared/errors.ts'
import { formatAddress, isLoopback, type NodeAddress } from '../cluster/node-address.ts'
import { decodeMechanisms, type Mechanism } from '../sasl/mechanism.ts'
import { encodePlain } from '../sasl/plain.ts'
import { ScramClient } from '../sasl/scram-client.ts'
import { FORMAT } from '../wire/header.ts'
import { encodeFeatures, feature } from '../wire/hello.ts'
import { opcode } from '../wire/opcode.ts'
import { status } from '../wire/status.ts'
import { ClientConnection } from './connection.ts'
import { StatusError } from './failures.ts'
import { connect, type TransportOptions } from './transport.ts'

export interface Credentials {
  readonly user: string
  readonly password: string
}

export interface LoginOptions extends TransportOptions {
  /** Undefined logs in by the client certificate. */
  readonly credentials?: Credentials | undefined
  readonly bucket: string
  /** Credentials go over TLS or loopback only, unless this says otherwise. */
  readonly isInsecureAllowed?: boolean | undefined
  /** Which mechanisms may be used; any that suits the connection when absent. */
  readonly mechanisms?: readonly Mechanism[] | undefined
  /** Begins `fbr/` when a node pulls (spec couchbase §3). */
  readonly agent?: string | undefined
}

const wanted = [feature.xerror, feature.selectBucket, feature.json]

/** Connects, logs in, and selects the bucket. @throws ConnectionLostError, StatusError, HoldfastError */
export async function openConnection(
  address: NodeAddress,
  options: LoginOptions,
  signal: AbortSignal,
): Promise<ClientConnection> {
  const isPrivate = options.tls !== undefined || isLoopback(address.host)
  if (options.credentials && !isPrivate && !options.isInsecureAllowed) {
    throw new HoldfastError('couchbase/insecure', {
      detail: formatAddress(address),
      hint: 'Turn on TLS, or allow it for this bucket.',
    })
  }
  const connection = new ClientConnection(await connect(address, options, signal))
  try {
    await hello(connection, options.agent ?? 'holdfast/1', signal)
    if (options.credentials)
      await logIn(connection, { ...options, isPrivate, credentials: options.credentials }, signal)
    await connection.request({ opcode: opcode.selectBucket, key: Buffer.from(options.bucket) }, signal)
    return connection
  } catch (error) {
    connection.destroy()
    throw error
  }
}

async function hello(connection: ClientConnection, agent: string, signal: AbortSignal): Promise<void> {
  const request = { opcode: opcode.hello, key: Buffer.from(agent), value: encodeFeatures(wanted) }
  await connection.request(request, signal)
}

async function logIn(
  connection: ClientConnection,
  options: LoginOptions & { readonly credentials: Credentials; readonly isPrivate: boolean },
  signal: AbortSignal,
): Promise<void> {
  const { credentials, isPrivate, mechanisms } = options
  const offered = decodeMechanisms((await connection.request({ opcode: opcode.saslListMechs }, signal)).value)
  const mechanism = offered.find((name) => mechanisms?.includes(name) ?? (isPrivate || name !== 'PLAIN'))
  if (mechanism === undefined) {
    throw new HoldfastError('couchbase/denied', { detail: 'The node offers no way to log in that may be used here.' })
  }
  const key = Buffer.from(mechanism)
  if (mechanism === 'PLAIN') {
    await connection.request({ opcode: opcode.saslAuth, key, value: encodePlain(credentials) }, signal)
    return
  }
  const scram = new ScramClient(mechanism, credentials)
  const first = await connection.ask({ opcode: opcode.saslAuth, key, value: Buffer.from(scram.first()) }, signal)
  if (first.header.vbucketOrStatus !== status.authContinue) {
    if (first.header.vbucketOrStatus !== status.success) throw new StatusError(first)
    throw new ProtocolError(FORMAT, 'SASL_AUTH', 6, 'success without an exchange')
  }
  const proof = Buffer.from(await scram.final(Buffer.from(first.value).toString()))
  const last = await connection.request({ opcode: opcode.saslStep, key, value: proof }, signal)
  scram.verify(Buffer.from(last.value).toString())
}
