import type { ServerConnection } from './defaults-file.ts'
import { queryServer } from './server-query.ts'

/** Seconds of silence that a server allows: of a client that asks nothing, and of one that is sent or sends something. */
export interface ServerTimeouts {
  readonly waitSeconds: number
  readonly netSeconds: number
}

const names = ['wait_timeout', 'net_read_timeout', 'net_write_timeout'] as const
type Name = (typeof names)[number]
type Values = ReadonlyMap<Name, number>

/** The server may have gone with the backup; then its settings went as well. */
const restoreTimeoutMs = 30_000

/**
 * The global timeouts of one server, raised while backups run (spec xtrabackup-agent §4, §5.1): by the first of them, and
 * put back by the last. They are never lowered, and what somebody else set in between is left as it is.
 */
export class TimeoutKeeper {
  /** What the server had before the first run. */
  #before: Values = new Map()
  /** What we set since. */
  #raised = new Map<Name, number>()
  /** Whoever was allowed to set them may put them back. */
  #connection: ServerConnection | undefined
  #runs = 0
  /** One change after the other. */
  #last: Promise<unknown> = Promise.resolve()

  /** Returns how to put them back, to be called once. Throws `mysql/tool-failed` where the login may not set them. */
  async raise(connection: ServerConnection, wanted: ServerTimeouts, signal: AbortSignal): Promise<() => Promise<void>> {
    await this.#inTurn(() => this.#raise(connection, wanted, signal))
    return () => this.#inTurn(() => this.#release())
  }

  async #raise(connection: ServerConnection, wanted: ServerTimeouts, signal: AbortSignal): Promise<void> {
    const current = await readTimeouts(connection, signal)
    const goals = new Map(names.map((name) => [name, name === 'wait_timeout' ? wanted.waitSeconds : wanted.netSeconds]))
    const higher = Array.from(goals).filter(([name, seconds]) => seconds > (current.get(name) ?? seconds))
    if (higher.length > 0) {
      await setTimeouts(connection, higher, signal)
      if (this.#runs === 0 || this.#connection === undefined) this.#connection = connection
    }
    if (this.#runs === 0) this.#before = current
    for (const [name, seconds] of higher) this.#raised.set(name, seconds)
    this.#runs += 1
  }

  async #release(): Promise<void> {
    this.#runs -= 1
    if (this.#runs > 0) return
    const [raised, before, connection] = [this.#raised, this.#before, this.#connection]
    this.#raised = new Map()
    this.#connection = undefined
    if (connection === undefined || raised.size === 0) return
    // Not the signal of the run: it may have ended because its caller is gone.
    const signal = AbortSignal.timeout(restoreTimeoutMs)
    const current = await readTimeouts(connection, signal)
    const ours = Array.from(raised).flatMap(([name, seconds]) => {
      const old = before.get(name)
      return old !== undefined && current.get(name) === seconds ? [[name, old] as const] : []
    })
    if (ours.length > 0) await setTimeouts(connection, ours, signal)
  }

  #inTurn<Result>(change: () => Promise<Result>): Promise<Result> {
    const turn = this.#last.then(change)
    this.#last = turn.catch(() => {}) // told to whoever asked for it
    return turn
  }
}

async function readTimeouts(connection: ServerConnection, signal: AbortSignal): Promise<Values> {
  const rows = await queryServer(
    connection,
    `SHOW GLOBAL VARIABLES WHERE Variable_name IN (${names.map((name) => `'${name}'`).join(', ')});`,
    signal,
  )
  const found = new Map(rows.map(([name = '', value]) => [name, Number(value)]))
  return new Map(names.flatMap((name) => (Number.isInteger(found.get(name)) ? [[name, found.get(name) ?? 0]] : [])))
}

/** Numbers alone get into the statement. */
function setTimeouts(
  connection: ServerConnection,
  values: readonly (readonly [Name, number])[],
  signal: AbortSignal,
): Promise<unknown> {
  return queryServer(
    connection,
    `SET ${values.map(([name, value]) => `GLOBAL ${name} = ${value}`).join(', ')};`,
    signal,
  )
}
