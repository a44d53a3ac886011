import { join } from 'node:path'
import type { Database } from 'better-sqlite3'
import { openDatabase } from '../database/open-database.ts'
import { translateSqliteError, translating } from '../database/sqlite-errors.ts'
import { watchChanges } from '../database/watch-changes.ts'
import { type AnomalyReader, type AnomalyWriter, createAnomalyStore } from './anomaly-store.ts'
import { type AuditReader, type AuditWriter, createAuditStore } from './audit-store.ts'
import { type ChannelReader, type ChannelWriter, createChannelStore } from './channel-store.ts'
import { type Instances, openInstances } from './instances.ts'
import { createJobLog, type JobLogReader, type JobLogWriter } from './job-log.ts'
import type { JobReader } from './job-reader.ts'
import { createJobQueue, type JobQueue } from './job-writer.ts'
import { createKeyStore, type KeyReader, type KeyWriter } from './key-store.ts'
import { createPlanStore, type PlanReader, type PlanWriter } from './plan-store.ts'
import { createQueueMemory, type QueueMemory, type QueueMemoryReader } from './queue-memory.ts'
import { createRepositoryStore, type RepositoryReader, type RepositoryWriter } from './repository-store.ts'
import {
  createScheduleRecordStore,
  type ScheduleRecordReader,
  type ScheduleRecordWriter,
} from './schedule-record-store.ts'
import { catalogKind } from './schema.ts'
import { createServerStore, type ServerReader, type ServerWriter } from './server-store.ts'
import { createSettingsStore, type SettingsReader, type SettingsWriter } from './settings-store.ts'

/** What Holdfast knows that no repository does: `catalog.sqlite`. Reading only. Everything is synchronous and small. */
export interface CatalogReader {
  readonly settings: SettingsReader
  readonly servers: ServerReader
  readonly keys: KeyReader
  readonly repositories: RepositoryReader
  readonly plans: PlanReader
  readonly scheduleRecords: ScheduleRecordReader
  readonly jobs: JobReader
  readonly jobLog: JobLogReader
  readonly anomalies: AnomalyReader
  readonly queueMemory: QueueMemoryReader
  readonly audit: AuditReader
  readonly channels: ChannelReader
  /** Yields after another process, or another connection, has changed something; asks every `intervalMs`. */
  watchChanges(intervalMs: number, signal: AbortSignal): AsyncIterable<void>
}

/** Every method is one transaction. Errors of the disk are `HoldfastError`s: `catalog/busy`, `catalog/corrupt`, `disk/full`. */
export interface CatalogWriter extends CatalogReader {
  readonly settings: SettingsWriter
  readonly servers: ServerWriter
  readonly keys: KeyWriter
  readonly repositories: RepositoryWriter
  readonly plans: PlanWriter
  readonly scheduleRecords: ScheduleRecordWriter
  readonly jobs: JobQueue
  readonly jobLog: JobLogWriter
  readonly anomalies: AnomalyWriter
  readonly queueMemory: QueueMemory
  readonly audit: AuditWriter
  readonly channels: ChannelWriter
  readonly instances: Instances
  /** Several changes as one: all or none. `work` is synchronous. */
  atomically<Result>(work: () => Result): Result
  close(): void
}

export interface CatalogOptions {
  /** Unix milliseconds. */
  readonly now: () => number
  readonly progressIntervalMs?: number | undefined
}

/**
 * Opens the catalog of a data folder, creating it when needed. Several processes may have it open. Throws `catalog/newer`,
 * `catalog/corrupt`, `catalog/busy`.
 */
export function openCatalog(dataFolder: string, options: CatalogOptions): CatalogWriter {
  const db = openDatabase(join(dataFolder, 'catalog.sqlite'), catalogKind)
  try {
    const instances = openInstances(db, { lockFolder: join(dataFolder, 'instances'), now: options.now })
    return assemble(db, instances, options)
  } catch (error) {
    db.close()
    throw translateSqliteError(error, catalogKind.corruptHint)
  }
}

function assemble(db: Database, instances: Instances, options: CatalogOptions): CatalogWriter {
  const guard = <Store extends object>(store: Store) => translating(store, catalogKind.corruptHint)
  return {
    settings: guard(createSettingsStore(db)),
    servers: guard(createServerStore(db)),
    keys: guard(createKeyStore(db)),
    repositories: guard(createRepositoryStore(db)),
    plans: guard(createPlanStore(db)),
    scheduleRecords: guard(createScheduleRecordStore(db)),
    jobs: guard(createJobQueue(db, instances, options)),
    jobLog: guard(createJobLog(db)),
    anomalies: guard(createAnomalyStore(db)),
    queueMemory: guard(createQueueMemory(db)),
    audit: guard(createAuditStore(db)),
    channels: guard(createChannelStore(db)),
    instances: guard(instances),
    watchChanges: (intervalMs, signal) => watchChanges(db, intervalMs, signal),
    atomically: (work) => db.transaction(work).immediate(),
    close() {
      instances.close()
      db.close()
    },
  }
}
