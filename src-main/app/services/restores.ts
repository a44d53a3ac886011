import { isAbsolute } from 'node:path'
import { HoldfastError } from '../../../src-shared/errors.ts'
import type { JobId, SnapshotId } from '../../../src-shared/model/ids.ts'
import type { Job } from '../../../src-shared/model/job.ts'
import type { RestoreOptions, RestorePreview } from '../../../src-shared/model/restore.ts'
import type { FileSystemCalls } from '../../os/file-system-calls.ts'
import { formatSnapshotRef } from '../../storage/datastore/layout.ts'
import type { Clock } from '../clock.ts'
import type { JobQueue } from '../jobs/job-queue.ts'
import { previewRestore } from '../restore/preview.ts'
import { SafetyFolders } from '../restore/safety-folders.ts'
import { parseSnapshotPath } from '../restore/snapshot-path.ts'
import type { JobStarter } from './job-starter.ts'
import { restoreCommand } from './plan-command.ts'
import type { RepositoriesService } from './repositories.ts'
import type { SnapshotsService } from './snapshots.ts'

export interface RestoresOptions {
  readonly snapshots: SnapshotsService
  readonly repositories: RepositoriesService
  readonly jobs: JobStarter
  readonly queue: JobQueue
  readonly calls: FileSystemCalls
  readonly clock: Clock
  readonly dataDirectory: string
}

export interface RestoreRequest {
  readonly snapshotId: SnapshotId
  readonly options: RestoreOptions
}

export class RestoresService {
  readonly #options: RestoresOptions
  readonly #safety: SafetyFolders

  constructor(options: RestoresOptions) {
    this.#options = options
    this.#safety = new SafetyFolders(options.dataDirectory)
  }

  async *preview({ snapshotId, options }: RestoreRequest, signal: AbortSignal): AsyncGenerator<RestorePreview> {
    check(options)
    const snapshot = await this.#options.snapshots.get(snapshotId)
    const lease = await this.#options.snapshots.lease(snapshot, signal)
    try {
      yield* previewRestore(lease.reader, options, this.#options.calls, signal)
    } finally {
      lease.release()
    }
  }

  async start({ snapshotId, options }: RestoreRequest): Promise<Job> {
    check(options)
    const { ref, repositoryId, planId } = await this.#options.snapshots.get(snapshotId)
    return this.#options.jobs.start(
      { kind: 'restore', snapshotId, options },
      { name: formatSnapshotRef(ref), repositoryId, planId },
    )
  }

  /** Throws `job/unknown`, and `input/invalid` when there is nothing (left) to undo. */
  undo(id: JobId): Job {
    const job = this.#options.queue.get(id)
    const record = job.spec.kind === 'restore' ? this.#safety.load(id) : undefined
    if (record === undefined || record.undone || record.until <= this.#options.clock.now()) {
      throw new HoldfastError('input/invalid', { detail: 'This restore cannot be undone (any more).' })
    }
    return this.#options.jobs.start(
      { kind: 'undo-restore', jobId: id },
      { name: job.title.replace(/^Restore from /, '') },
    )
  }

  async asCommand({ snapshotId, options }: RestoreRequest): Promise<string> {
    const { ref, repositoryId } = await this.#options.snapshots.get(snapshotId)
    return restoreCommand(formatSnapshotRef(ref), this.#options.repositories.record(repositoryId).address, options)
  }

  /** The receipt of a restore as it stands now: undone meanwhile, or its safety copy gone. */
  withReceipt(job: Job): Job {
    if (job.spec.kind !== 'restore' || job.status.state !== 'success') return job
    const { receipt } = job.status.summary
    if (receipt?.undoableUntil === undefined) return job
    const record = this.#safety.load(job.id)
    const { undoableUntil, ...rest } = receipt
    const isUndoable = record !== undefined && !record.undone
    const current = { ...rest, undone: record?.undone ?? false, ...(isUndoable ? { undoableUntil } : {}) }
    return { ...job, status: { ...job.status, summary: { ...job.status.summary, receipt: current } } }
  }

  /** Removes safety copies whose time is over. */
  purge(): number {
    return this.#safety.purge(this.#options.clock.now())
  }
}

function check(options: RestoreOptions): void {
  for (const path of options.paths) parseSnapshotPath(path)
  if (options.target.kind === 'folder' && !isAbsolute(options.target.path)) {
    throw new HoldfastError('input/invalid', { detail: 'The folder to restore to is not a whole path.' })
  }
}
