import type { NodeAddress } from '../cluster/node-address.ts'
import type { Dialect } from '../wire/dialect.ts'
import type { ClientConnection } from './connection.ts'
import { type LoginOptions, openConnection } from './login.ts'
import { outlive } from './outlive.ts'
import { type PreparedSnapshot, prepareSnapshot } from './snapshot-requests.ts'

/** The connections to one node: one for control, and others for files, opened when needed and used again. */
export class NodeLink {
  readonly address: NodeAddress
  readonly #options: LoginOptions
  readonly #idle: ClientConnection[] = []
  readonly #all = new Set<ClientConnection>()
  #control: Promise<ClientConnection> | undefined
  #turn: Promise<unknown> = Promise.resolve()
  /** Which form of the commands the node has answered. */
  dialect: Dialect | undefined
  /** Set when its limit for fragments is smaller than what a sum of ours covers (spec couchbase §7.1). */
  isChecksumRefused = false

  constructor(address: NodeAddress, options: LoginOptions) {
    this.address = address
    this.#options = options
  }

  /** Small questions. One that is lost is opened anew. */
  async control(signal: AbortSignal): Promise<ClientConnection> {
    const current = this.#control
    const known = await current?.catch(() => undefined)
    if (known?.isAlive) return known
    if (this.#control === undefined || this.#control === current) this.#control = this.#open(signal)
    return this.#control
  }

  /** Runs with a connection of its own: the body of a file blocks everything behind it. */
  async *withData(
    read: (connection: ClientConnection) => AsyncGenerator<Uint8Array, void, undefined>,
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const connection = this.#takeIdle() ?? (await this.#open(signal))
    try {
      yield* read(connection)
    } finally {
      if (connection.isAlive) this.#idle.push(connection)
      else this.#all.delete(connection)
    }
  }

  /**
   * One at a time: the node does them in turn anyway (spec couchbase §9.3). Who wants to release what was made also after a
   * cancel says how long the answer is waited for then.
   */
  prepare(
    vbid: number,
    signal: AbortSignal,
    { cancelledWaitMs = 0 }: { readonly cancelledWaitMs?: number } = {},
  ): Promise<PreparedSnapshot> {
    const result = this.#turn.then(async () => {
      signal.throwIfAborted()
      const connection = await this.control(signal)
      const { dialect } = this
      const prepared = await outlive(signal, cancelledWaitMs, (signal) =>
        prepareSnapshot(connection, { vbid, dialect }, signal),
      )
      this.dialect = prepared.dialect
      return prepared
    })
    this.#turn = result.catch(() => undefined)
    return result
  }

  close(): void {
    for (const connection of this.#all) connection.destroy()
    this.#all.clear()
    this.#idle.length = 0
    this.#control = undefined
  }

  #takeIdle(): ClientConnection | undefined {
    for (let connection = this.#idle.pop(); connection; connection = this.#idle.pop()) {
      if (connection.isAlive) return connection
      this.#all.delete(connection)
    }
    return undefined
  }

  async #open(signal: AbortSignal): Promise<ClientConnection> {
    const connection = await openConnection(this.address, this.#options, signal)
    this.#all.add(connection)
    return connection
  }
}
