import type { Digest } from '../../../../../src-shared/model/digest.ts'
import type { SnapshotRef } from '../../../../../src-shared/model/snapshot.ts'
import type { FileLock } from '../../../../storage/datastore/file-lock.ts'
import { KnownChunks } from '../backup/known-chunks.ts'
import type { ServedDatastore } from '../server-context.ts'
import type { RunningTask } from '../tasks/task-registry.ts'

export interface ReaderSessionOptions {
  readonly served: ServedDatastore
  readonly ref: SnapshotRef
  readonly task: RunningTask
  /** Shared, on the snapshot, for the whole connection. */
  readonly lock: FileLock
}

/** The state of one reader connection: which chunks it may have. */
export class ReaderSession {
  readonly served: ServedDatastore
  readonly ref: SnapshotRef
  readonly task: RunningTask
  readonly #lock: FileLock
  readonly #readable = new KnownChunks()

  constructor({ served, ref, task, lock }: ReaderSessionOptions) {
    this.served = served
    this.ref = ref
    this.task = task
    this.#lock = lock
  }

  /** False when the connection has as many chunks as it can keep. */
  allow(digest: Digest, sizeBytes: number): boolean {
    return this.#readable.set(digest, sizeBytes)
  }

  mayRead(digest: Digest): boolean {
    return this.#readable.get(digest) !== undefined
  }

  async end(): Promise<void> {
    await this.#lock.release()
  }
}
