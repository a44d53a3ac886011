import { join } from 'node:path'
import { HoldfastError } from '../../../src-shared/errors.ts'
import type { SnapshotId } from '../../../src-shared/model/ids.ts'
import {
  type Server,
  type ServerConfig,
  type ServerEvent,
  type ServerKind,
  type ServerLogLine,
  type ServerStatus,
  serverKinds,
} from '../../../src-shared/model/server.ts'
import type { CatalogWriter } from '../../catalog/main/open-catalog.ts'
import type { createBugLog } from '../bug-log.ts'
import type { Clock } from '../clock.ts'
import { toPlainError } from '../contract-errors.ts'
import type { SecretStore } from '../host.ts'
import { LiveFeed } from '../live-feed.ts'
import type { OfferedDatastore, OfferedSnapshot, RunningServer, ServerOrder } from './running-server.ts'
import { startInThread, type ThreadListener } from './server-thread.ts'

/** What a person can scroll back to, over all servers. */
const keptLogLines = 1000
const pauseMs = 250

export interface ServersOptions {
  readonly catalog: CatalogWriter
  readonly secrets: SecretStore
  readonly clock: Clock
  readonly dataDirectory: string
  readonly bugs: ReturnType<typeof createBugLog>
  /** Throws `snapshot/unknown`, `key/missing`, … */
  offerSnapshot(id: SnapshotId): Promise<OfferedSnapshot>
  /** Servers that need the app itself run in its thread instead of their own. */
  readonly inApp: Partial<Record<ServerKind, (order: ServerOrder, listener: ThreadListener) => Promise<RunningServer>>>
}

/** The servers of this computer: which are on, how they are set, who is connected, what happened. */
export class ServersService {
  readonly #options: ServersOptions
  readonly #running = new Map<ServerKind, RunningServer>()
  readonly #status = new Map<ServerKind, ServerStatus>()
  readonly #feed = new LiveFeed<string, ServerEvent>()
  readonly #log: ServerLogLine[] = []
  /** One change of a server at a time. */
  readonly #turn = new Map<ServerKind, Promise<unknown>>()
  #nextLine = 1

  constructor(options: ServersOptions) {
    this.#options = options
  }

  list(): Server[] {
    return serverKinds.map((kind) => this.get(kind))
  }

  get(kind: ServerKind): Server {
    const { config, isOn } = this.#options.catalog.servers.get(kind)
    return { config, isOn, status: this.#status.get(kind) ?? { state: 'stopped' } }
  }

  async *events(signal: AbortSignal | undefined): AsyncGenerator<ServerEvent> {
    const changes = this.#feed.subscribe(pauseMs, signal)
    yield { type: 'snapshot', servers: this.list(), log: [...this.#log] }
    for await (const batch of changes) yield* batch
  }

  /** Throws `repository/unknown` for one that is not there, `input/invalid` for one that is not a local folder. */
  async configure(config: ServerConfig, secrets: Readonly<Record<string, string>> = {}): Promise<Server> {
    this.#datastores(config)
    const { kind } = config
    return this.#inTurn(kind, async () => {
      if (Object.keys(secrets).length > 0) await this.#keep(kind, secrets)
      const { isOn } = this.#options.catalog.servers.get(kind)
      this.#options.catalog.servers.put({ config, isOn })
      if (this.#running.has(kind)) {
        await this.#end(kind)
        await this.#begin(kind)
      }
      return this.#told(kind)
    })
  }

  start(kind: ServerKind): Promise<Server> {
    return this.#inTurn(kind, async () => {
      const { catalog } = this.#options
      if (!this.#running.has(kind)) await this.#begin(kind)
      catalog.servers.put({ ...catalog.servers.get(kind), isOn: true })
      return this.#told(kind)
    })
  }

  stop(kind: ServerKind): Promise<Server> {
    return this.#inTurn(kind, async () => {
      const { catalog } = this.#options
      catalog.servers.put({ ...catalog.servers.get(kind), isOn: false })
      await this.#end(kind)
      this.#set(kind, { state: 'stopped' })
      return this.#told(kind)
    })
  }

  /** Starts what was on when Holdfast ended. What cannot be started says so and stays on for the next time. */
  async startAll(): Promise<void> {
    const on = serverKinds.filter((kind) => this.#options.catalog.servers.get(kind).isOn)
    await Promise.allSettled(on.map((kind) => this.#inTurn(kind, () => this.#begin(kind))))
  }

  async close(): Promise<void> {
    await Promise.allSettled(serverKinds.map((kind) => this.#inTurn(kind, () => this.#end(kind))))
    this.#feed.close()
  }

  /** Where a server keeps its certificate and accounts. */
  folder(kind: ServerKind): string {
    return join(this.#options.dataDirectory, 'servers', kind)
  }

  async #begin(kind: ServerKind): Promise<void> {
    const { catalog, clock, inApp, bugs } = this.#options
    const { config } = catalog.servers.get(kind)
    this.#set(kind, { state: 'starting' })
    try {
      const order: ServerOrder = {
        config,
        folder: this.folder(kind),
        secrets: await this.#secrets(kind),
        datastores: this.#datastores(config),
        snapshot: await this.#snapshot(config),
      }
      const running = await (inApp[kind] ?? startInThread)(order, this.#listener(kind))
      this.#running.set(kind, running)
      this.#showRunning(kind, clock.now())
      this.#line(kind, 'info', `Listens at ${running.listen.host}:${running.listen.port}.`)
    } catch (error) {
      const plain = toPlainError(error, bugs)
      this.#set(kind, { state: 'failed', at: clock.now(), error: plain })
      this.#line(kind, 'error', plain.message)
      throw error
    }
  }

  async #end(kind: ServerKind): Promise<void> {
    const running = this.#running.get(kind)
    if (running === undefined) return
    this.#running.delete(kind)
    await running.close()
    this.#set(kind, { state: 'stopped' })
    this.#line(kind, 'info', 'Stopped.')
  }

  #listener(kind: ServerKind): ThreadListener {
    return {
      log: (level, message) => this.#line(kind, level, message),
      connectionsChanged: () => {
        const status = this.#status.get(kind)
        if (status?.state === 'running') this.#showRunning(kind, status.since)
      },
      ended: (error) => {
        this.#running.delete(kind)
        this.#set(kind, {
          state: 'failed',
          at: this.#options.clock.now(),
          error: toPlainError(error, this.#options.bugs),
        })
        this.#line(kind, 'error', error.message)
      },
      bug: (text) => this.#options.bugs.text(text),
    }
  }

  #showRunning(kind: ServerKind, since: number): void {
    const running = this.#running.get(kind)
    if (running === undefined) return
    const { listen, fingerprint } = running
    const connections = [...running.connections()]
    this.#set(kind, {
      state: 'running',
      since,
      listen,
      connections,
      ...(fingerprint === undefined ? {} : { fingerprint }),
    })
  }

  #set(kind: ServerKind, status: ServerStatus): void {
    const isNews = this.#status.get(kind)?.state !== status.state
    this.#status.set(kind, status)
    this.#feed.publish(`server ${kind}`, { type: 'changed', server: this.get(kind) }, isNews)
  }

  #told(kind: ServerKind): Server {
    const server = this.get(kind)
    this.#feed.publish(`server ${kind}`, { type: 'changed', server }, true)
    return server
  }

  #line(kind: ServerKind, level: ServerLogLine['level'], message: string): void {
    const line: ServerLogLine = { id: this.#nextLine++, kind, at: this.#options.clock.now(), level, message }
    this.#log.push(line)
    if (this.#log.length > keptLogLines) this.#log.shift()
    // Slots, not lines: a subscriber that is slow misses the oldest, and memory stays bounded.
    this.#feed.publish(`line ${line.id % keptLogLines}`, { type: 'log', line }, false)
  }

  async #snapshot(config: ServerConfig): Promise<OfferedSnapshot | undefined> {
    if (config.kind !== 'couchbase' || config.snapshotId === undefined) return undefined
    return this.#options.offerSnapshot(config.snapshotId)
  }

  #datastores(config: ServerConfig): OfferedDatastore[] {
    if (config.kind !== 'pbs') return []
    return config.datastores.map(({ name, repositoryId }) => {
      const record = this.#options.catalog.repositories.get(repositoryId)
      if (record === undefined) throw new HoldfastError('repository/unknown')
      if (record.kind !== 'datastore') {
        throw new HoldfastError('input/invalid', {
          detail: `${record.name} is not on this computer.`,
          hint: 'Offer a local repository.',
        })
      }
      return { name, path: record.address }
    })
  }

  async #secrets(kind: ServerKind): Promise<Record<string, string>> {
    const text = await this.#options.secrets.get(secretName(kind))
    return text === undefined ? {} : (JSON.parse(text) as Record<string, string>) // written by #keep
  }

  async #keep(kind: ServerKind, changed: Readonly<Record<string, string>>): Promise<void> {
    const all = { ...(await this.#secrets(kind)), ...changed }
    const kept = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''))
    await this.#options.secrets.set(secretName(kind), JSON.stringify(kept))
  }

  #inTurn<Result>(kind: ServerKind, work: () => Promise<Result>): Promise<Result> {
    const turn = (this.#turn.get(kind) ?? Promise.resolve()).then(work, work)
    this.#turn.set(
      kind,
      turn.catch(() => {}), // whoever asked hears of it
    )
    return turn
  }
}

function secretName(kind: ServerKind): string {
  return `server/${kind}`
}
