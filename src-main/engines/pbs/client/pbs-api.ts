import { Agent, type AgentOptions, type ClientRequestArgs } from 'node:http'
import type { Duplex } from 'node:stream'
import type { z } from 'zod'
import { HoldfastError } from '../../../../src-shared/errors.ts'
import { compactJson, type JsonObject } from '../../../storage/canonical-json.ts'
import { BACKUP_PROTOCOL, READER_PROTOCOL } from '../wire/upgrade.ts'
import { formatEndpoint, type PbsAddress } from './address/repository-address.ts'
import { type Credentials, Login } from './login/login.ts'
import type { Endpoint } from './transport/connection-failure.ts'
import { type DialTarget, dial } from './transport/dial.ts'
import {
  bodyOf,
  collect,
  type ExchangeOptions,
  exchange,
  exchangeUpgrade,
  type HttpRequest,
} from './transport/http-exchange.ts'
import { ProtocolConnection } from './transport/protocol-connection.ts'
import { proxyFor } from './transport/proxy.ts'
import { type Parameters, withQuery } from './transport/query.ts'
import { PbsRefusal } from './transport/refusal.ts'
import { dataOf, MAX_JSON_BYTES, type Reply } from './transport/reply.ts'
import { RETRY_DELAYS_MS, retryLost } from './transport/retry.ts'
import { createTrustStore } from './transport/trust-store.ts'

/** As the original client waits for a whole request (spec pbs §1.1). */
const IDLE_TIMEOUT_MS = 120_000
const MAX_KEPT_CONNECTIONS = 8
const MAX_REFUSAL_BYTES = 64 << 10

export interface PbsApiOptions {
  readonly address: Pick<PbsAddress, 'authId' | 'host' | 'port' | 'fingerprint'>
  readonly secret: string | undefined
  readonly totp?: Credentials['totp']
  /** Where proxies are named; the process's own unless told otherwise. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined
  /** Authorities, in PEM, besides those that are known on this computer. */
  readonly authorities?: readonly string[] | undefined
  readonly connectTimeoutMs?: number | undefined
  readonly idleTimeoutMs?: number | undefined
  /** Before each further try of what may be tried again. */
  readonly retryDelaysMs?: readonly number[] | undefined
  /** Unix milliseconds. */
  readonly now?: (() => number) | undefined
}

export interface ApiCall {
  readonly method: HttpRequest['method']
  /** Below `/api2/json`, percent-encoded. */
  readonly path: string
  readonly parameters?: Parameters | undefined
}

/** A Proxmox Backup Server as seen by one user or token: the management API, and the way into the two protocols. */
export class PbsApi {
  readonly retryDelaysMs: readonly number[]
  readonly #target: DialTarget
  readonly #idleTimeoutMs: number
  readonly #agent: DialingAgent
  readonly #login: Login

  constructor({ address, secret, totp, environment = process.env, now = Date.now, ...options }: PbsApiOptions) {
    const { host, port, fingerprint, authId } = address
    const { authorities, connectTimeoutMs, idleTimeoutMs = IDLE_TIMEOUT_MS } = options
    this.retryDelaysMs = options.retryDelaysMs ?? RETRY_DELAYS_MS
    this.#target = {
      host,
      port,
      fingerprint,
      trustStore: createTrustStore(authorities),
      connectTimeoutMs,
      proxy: proxyFor({ host, port }, environment),
    }
    this.#idleTimeoutMs = idleTimeoutMs
    this.#agent = new DialingAgent(this.#target, { keepAlive: true, maxSockets: MAX_KEPT_CONNECTIONS })
    this.#login = new Login({
      credentials: { authId, secret, totp },
      // The doubled slash is the original's (spec pbs §1.4), and tells servers which client this is meant to be.
      ask: (parameters, signal) => this.#send({ method: 'POST', path: 'access/ticket', parameters }, {}, signal),
      now,
    })
  }

  /** `host:port`, for people. */
  get endpoint(): string {
    return formatEndpoint(this.#target)
  }

  /** A call of the management API, its data checked. Throws `PbsRefusal`, `auth/denied`, `repository/unreachable`. */
  async call<Schema extends z.ZodType>(schema: Schema, call: ApiCall, signal: AbortSignal): Promise<z.output<Schema>> {
    return dataOf(schema, await this.ask(call, signal), call.path)
  }

  /** The whole answer of a call, whose status is 200. Reading is tried again when the connection is lost. */
  async ask(call: ApiCall, signal: AbortSignal, maxBytes = MAX_JSON_BYTES): Promise<Reply> {
    const once = () =>
      this.#authenticated(call.method, (headers) => this.#send(call, headers, signal, maxBytes), signal)
    return call.method === 'GET' ? await retryLost(once, { delaysMs: this.retryDelaysMs, signal }) : await once()
  }

  /** Bytes of any length, such as a file out of an archive. */
  async *stream({ path, parameters = {} }: Omit<ApiCall, 'method'>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const headers = await this.#login.headers('GET', signal)
    const target = withQuery(`/api2/json/${path}`, parameters)
    const options = await this.#ownConnection(signal)
    const response = await exchange({ method: 'GET', target, headers }, options)
    if (response.statusCode !== 200) throw new PbsRefusal(await collect(response, MAX_REFUSAL_BYTES, options))
    yield* bodyOf(response, options)
  }

  /** Raw bytes into a call that takes its parameters from the query. */
  async upload(
    { path, parameters = {} }: Omit<ApiCall, 'method'>,
    bytes: Uint8Array,
    signal: AbortSignal,
  ): Promise<void> {
    const target = withQuery(`/api2/json/${path}`, parameters)
    const body = { contentType: 'application/octet-stream', bytes }
    await this.#authenticated(
      'POST',
      (headers) => this.#post({ method: 'POST', target, headers, body }, signal),
      signal,
    )
  }

  /** Switches a new connection to one of the two protocols (spec pbs §1.5). */
  async upgrade(kind: 'backup' | 'reader', parameters: Parameters, signal: AbortSignal): Promise<ProtocolConnection> {
    const protocol = kind === 'backup' ? BACKUP_PROTOCOL : READER_PROTOCOL
    const target = withQuery(`//api2/json/${kind}`, parameters)
    const endpoint = this.#target
    const socket = await this.#authenticated(
      'GET',
      async (headers) => {
        const options = await this.#ownConnection(signal)
        const answer = await exchangeUpgrade({ method: 'GET', target, headers }, protocol, options)
        if ('socket' in answer) return answer.socket
        const reply = await collect(answer.response, MAX_REFUSAL_BYTES, options)
        throw isFromProxy(reply) ? noUpgrade(endpoint, reply.status) : new PbsRefusal(reply)
      },
      signal,
    )
    return await ProtocolConnection.open(socket, { endpoint, idleTimeoutMs: this.#idleTimeoutMs }, signal)
  }

  /** Connections that are kept end; those of the protocols are their owners'. */
  close(): void {
    this.#agent.destroy()
  }

  /** With credentials; once more with new ones when a ticket is no good any more. */
  async #authenticated<Result>(
    method: string,
    work: (headers: Readonly<Record<string, string>>) => Promise<Result>,
    signal: AbortSignal,
  ): Promise<Result> {
    try {
      return await work(await this.#login.headers(method, signal))
    } catch (error) {
      if (!(error instanceof PbsRefusal) || error.status !== 401 || !this.#login.reject()) throw error
      return await work(await this.#login.headers(method, signal))
    }
  }

  /** Like the original client: POST and PUT carry JSON, GET and DELETE a query (spec pbs §1.4). */
  async #send(
    { method, path, parameters = {} }: ApiCall,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
    maxBytes = MAX_JSON_BYTES,
  ): Promise<Reply> {
    const root = path === 'access/ticket' ? '//api2/json' : '/api2/json'
    if (method === 'GET') {
      const options = this.#exchangeOptions({ agent: this.#agent }, signal)
      const response = await exchange({ method, target: withQuery(`${root}/${path}`, parameters), headers }, options)
      const reply = await collect(response, maxBytes, options)
      if (reply.status !== 200) throw new PbsRefusal(reply)
      return reply
    }
    if (method === 'DELETE')
      return await this.#post({ method, target: withQuery(`${root}/${path}`, parameters), headers }, signal)
    const json = compactJson(jsonOf(parameters))
    const body = { contentType: 'application/json', bytes: new TextEncoder().encode(json) }
    return await this.#post({ method, target: `${root}/${path}`, headers, body }, signal)
  }

  /** What must not happen twice goes over a connection of its own: one that was kept may be closing just now. */
  async #post(request: HttpRequest, signal: AbortSignal): Promise<Reply> {
    const options = await this.#ownConnection(signal)
    const response = await exchange({ ...request, headers: { ...request.headers, connection: 'close' } }, options)
    const reply = await collect(response, MAX_JSON_BYTES, options)
    if (reply.status !== 200) throw new PbsRefusal(reply)
    return reply
  }

  async #ownConnection(signal: AbortSignal): Promise<ExchangeOptions> {
    return this.#exchangeOptions({ socket: await dial(this.#target, signal) }, signal)
  }

  #exchangeOptions(carrier: ExchangeOptions['carrier'], signal: AbortSignal): ExchangeOptions {
    return { endpoint: this.#target, carrier, idleTimeoutMs: this.#idleTimeoutMs, signal }
  }
}

/** Keeps connections, each dialled and checked like any other. */
class DialingAgent extends Agent {
  readonly #target: DialTarget

  constructor(target: DialTarget, options: AgentOptions) {
    super(options)
    this.#target = target
  }

  override createConnection(
    _options: ClientRequestArgs,
    callback?: (error: Error | null, socket: Duplex) => void,
  ): Duplex | null | undefined {
    // The dial has a deadline of its own: a kept connection does not belong to the request that asked for it.
    dial(this.#target, new AbortController().signal).then(
      (socket) => callback?.(null, socket),
      // Node does not look at the socket when there is an error.
      (error: Error) => callback?.(error, undefined as unknown as Duplex),
    )
    return undefined
  }
}

/** Refusals of the server are text with its own statuses; these come from what stands before it (spec pbs §10.1). */
function isFromProxy({ status }: Reply): boolean {
  return (status >= 200 && status < 400) || status === 426 || status === 502 || status === 504
}

function noUpgrade(endpoint: Endpoint, status: number): HoldfastError {
  return new HoldfastError('repository/unreachable', {
    detail: `${formatEndpoint(endpoint)} answered ${status} where it should switch protocols.`,
    hint: 'A proxy between here and the server does not pass on upgrades: connect to the server itself.',
  })
}

function jsonOf(parameters: Parameters): JsonObject {
  return Object.fromEntries(Object.entries(parameters).filter(([, value]) => value !== undefined)) as JsonObject // scalars and lists of them
}
