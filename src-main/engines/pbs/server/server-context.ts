import type { Datastore } from '../../../storage/datastore/datastore.ts'
import type { GarbageStatus } from '../../../storage/datastore/garbage-collection.ts'
import type { ChunkSealer } from '../../../storage/seal/chunk-sealer.ts'
import type { AuthId } from '../wire/names.ts'
import type { AccessControl } from './access/access-control.ts'
import type { ChunkChecker } from './chunk-checker.ts'
import type { Clock } from './clock.ts'
import type { ConnectionHandle, ConnectionRegistry } from './connections/connection-registry.ts'
import type { TaskRegistry } from './tasks/task-registry.ts'

/** A datastore as the server offers it. */
export interface ServedDatastore {
  readonly name: string
  readonly store: Datastore
  readonly comment?: string | undefined
  /** Verify each snapshot when its backup has finished. */
  readonly verifyNew?: boolean | undefined
  /** Nothing may be written: backups are refused with this text. */
  readonly readOnly?: string | undefined
}

/** What all calls share. */
export interface ServerContext {
  readonly datastores: ReadonlyMap<string, ServedDatastore>
  readonly access: AccessControl
  readonly tasks: TaskRegistry
  readonly connections: ConnectionRegistry
  readonly clock: Clock
  readonly checker: ChunkChecker
  /** Without a key: decodes what is not encrypted. */
  readonly sealer: ChunkSealer
  readonly node: string
  readonly fingerprint: string
  /** By datastore, since the server started. */
  readonly collections: Map<string, LastCollection>
  readonly log: ServerLog
}

export interface LastCollection {
  readonly upid: string
  readonly status: GarbageStatus
}

/** Hears what a person who runs the server may want to know. Never gets secrets. */
export interface ServerLog {
  info(message: string): void
  warn(message: string, error?: unknown): void
}

/** A call of the API, with who made it. */
export interface ApiContext extends ServerContext {
  readonly caller: AuthId
  readonly connection: ConnectionHandle
  readonly address: string
}
