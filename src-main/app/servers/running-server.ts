import type { ListenAddress, ServerConfig, ServerConnection, ServerLogLine } from '../../../src-shared/model/server.ts'
import type { SnapshotRef } from '../../../src-shared/model/snapshot.ts'
import type { RepositoryAccess } from '../jobs/job-order.ts'

/** Everything a server needs to run away from the catalog: plain data, since it crosses into a thread. Holds secrets: never stored, never logged. */
export interface ServerOrder {
  readonly config: ServerConfig
  /** Of this server alone: certificate, accounts, caches. Made when missing, mode 0700. */
  readonly folder: string
  readonly secrets: Readonly<Record<string, string>>
  /** Local repositories it offers, by the name it offers them under. */
  readonly datastores: readonly OfferedDatastore[]
  /** The snapshot it serves, where that is what it serves. */
  readonly snapshot?: OfferedSnapshot | undefined
}

/** A snapshot, and how to open the repository that has it. Holds keys. */
export interface OfferedSnapshot {
  readonly repository: RepositoryAccess
  readonly ref: SnapshotRef
}

export interface OfferedDatastore {
  readonly name: string
  readonly path: string
}

/** A server that listens. */
export interface RunningServer {
  readonly listen: ListenAddress
  readonly fingerprint: string | undefined
  connections(): readonly ServerConnection[]
  /** Cuts all connections. Harmless twice. */
  close(): Promise<void>
}

/** Hears what a person who runs a server may want to know. Must return at once; never gets secrets. */
export interface ServerListener {
  log(level: ServerLogLine['level'], message: string): void
  /** Somebody came, went, or does something else now. */
  connectionsChanged(): void
}

/** Starts a server; throws `HoldfastError`s, such as `server/unavailable` for an address that is taken. */
export type StartServer = (order: ServerOrder, listener: ServerListener) => Promise<RunningServer>
