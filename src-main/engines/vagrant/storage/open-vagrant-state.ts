import { chmodSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import BetterSqlite from 'better-sqlite3'
import type { VersionInfo } from '../generated/server_pb.js'
import { type Clock, systemClock } from '../jobs/clock.ts'
import { defaultJobTimers, type JobQueue, type JobTimers } from '../jobs/job-queue.ts'
import { defaultOutputLimits, type OutputLimits } from '../jobs/output-buffer.ts'
import { SqliteJobQueue } from '../jobs/sqlite-job-queue.ts'
import type { RecordStore } from '../records/record-store.ts'
import { createSqliteRecordStore } from '../records/sqlite-record-store.ts'
import { exportItems } from '../snapshots/export-items.ts'
import { finishRestore, type StagedSnapshot, stageRestore } from '../snapshots/restore-staging.ts'
import { writeSnapshot } from '../snapshots/snapshot-writer.ts'
import { createUlids } from '../wire/ulid.ts'
import { openVagrantDatabase } from './open-vagrant-database.ts'

export interface OpenVagrantStateOptions {
  /** The database; a staged restore lies beside it. */
  readonly file: string
  readonly signal: AbortSignal
  readonly clock?: Clock
  readonly timers?: Partial<JobTimers>
  readonly output?: Partial<OutputLimits>
}

/** All that a server keeps between two starts. */
export interface VagrantState {
  readonly store: RecordStore
  readonly queue: JobQueue
  readonly snapshots: SnapshotStore
  /** Stops the queue's timers and closes the file. */
  close(): void
}

export interface SnapshotStore {
  /** The compressed file of section 14.3, of one moment; writers are not held up. */
  create(version: VersionInfo): AsyncGenerator<Uint8Array, void, undefined>
  /** Takes effect at the next start. */
  stage(file: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<StagedSnapshot>
}

/** Restores what was staged, then opens. Throws when the staged snapshot cannot be restored; nothing was changed then. */
export async function openVagrantState(options: OpenVagrantStateOptions): Promise<VagrantState> {
  const { file, signal, clock = systemClock } = options
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  await finishRestore(file, signal)
  const db = openVagrantDatabase(file)
  // Signing keys lie in it.
  chmodSync(file, 0o600)
  const newId = createUlids(() => clock.now())
  const timers = { ...defaultJobTimers, ...options.timers }
  const output = { ...defaultOutputLimits, ...options.output }
  const queue = new SqliteJobQueue({ db, clock, newId, timers, output })
  const store = createSqliteRecordStore({ db, newId, now: () => clock.now(), cascaded: () => queue.dropVanished() })
  return {
    store,
    queue,
    snapshots: {
      create: (version) => snapshotOf(file, version),
      stage: (upload, stageSignal) => stageRestore(dirname(file), upload, stageSignal),
    },
    close() {
      queue.close()
      db.close()
    },
  }
}

/** Reads through a connection of its own, in one transaction: others write on meanwhile. */
async function* snapshotOf(file: string, version: VersionInfo): AsyncGenerator<Uint8Array, void, undefined> {
  const db = new BetterSqlite(file, { readonly: true })
  const items = exportItems(db)
  try {
    db.exec('BEGIN')
    yield* writeSnapshot(version, items)
  } finally {
    // A query that is still open would keep the connection from closing.
    items.return(undefined)
    db.close()
  }
}
