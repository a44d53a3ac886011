import type { DownloadRequest } from '../wire/download-request.ts'
import type { SnapshotManifest } from '../wire/manifest.ts'
import type { DownloadStatus, LocalSnapshot } from './served-bucket.ts'
import type { SnapshotCache } from './snapshot-cache.ts'

/** Brings a snapshot here. What is there already is kept when it is right. */
export type PullSnapshot = (task: PullTask) => Promise<void>

export interface PullTask {
  readonly vbid: number
  readonly request: DownloadRequest
  /** Of the download that is to be continued. */
  readonly known?: LocalSnapshot | undefined
  /** Makes the folder for a snapshot that the source has prepared; before the first file. */
  begin(manifest: SnapshotManifest): Promise<LocalSnapshot>
  readonly signal: AbortSignal
}

interface Job {
  status: DownloadStatus
  readonly controller: AbortController
  readonly done: Promise<void>
}

/** DownloadSnapshot in the background, one a vbucket (spec couchbase §10.1). */
export class DownloadJobs {
  readonly #cache: SnapshotCache
  readonly #pull: PullSnapshot
  readonly #jobs = new Map<number, Job>()
  #isClosing = false

  constructor({ cache, pull }: { readonly cache: SnapshotCache; readonly pull: PullSnapshot }) {
    this.#cache = cache
    this.#pull = pull
  }

  start(vbid: number, request: DownloadRequest): boolean {
    const state = this.#jobs.get(vbid)?.status.state
    if (state === 'PrepareSnapshot' || state === 'DownloadFiles') return false
    const controller = new AbortController()
    const known = this.#cache.get(vbid)
    const job: Job = {
      status: { state: 'PrepareSnapshot' },
      controller,
      done: Promise.resolve().then(() => this.#run(job, { vbid, request, known, signal: controller.signal })),
    }
    this.#jobs.set(vbid, job)
    return true
  }

  statuses(): ReadonlyMap<number, DownloadStatus> {
    return new Map([...this.#jobs].map(([vbid, { status }]) => [vbid, status]))
  }

  /** Stops a download that runs, and no longer knows of it. */
  async forget(vbid: number): Promise<void> {
    const job = this.#jobs.get(vbid)
    this.#jobs.delete(vbid)
    job?.controller.abort()
    await job?.done
  }

  /** As when the process ends: what has arrived stays, and the next download goes on with it. */
  async close(): Promise<void> {
    this.#isClosing = true
    for (const { controller } of this.#jobs.values()) controller.abort()
    await Promise.all([...this.#jobs.values()].map(({ done }) => done))
  }

  async #run(job: Job, task: Omit<PullTask, 'begin'>): Promise<void> {
    const { vbid } = task
    try {
      if (task.known?.isComplete !== true) {
        if (task.known) job.status = { state: 'DownloadFiles', manifest: task.known.manifest }
        await this.#pull({
          ...task,
          begin: async (manifest) => {
            if (manifest.vbid !== vbid) throw new Error(`the source answered with vbucket ${manifest.vbid}`)
            await this.#cache.createFolder(manifest.uuid)
            job.status = { state: 'DownloadFiles', manifest }
            return this.#cache.insert(manifest, { isComplete: false })
          },
        })
        await this.#cache.complete(vbid)
      }
      job.status = { ...job.status, state: 'Finished' }
    } catch (error) {
      if (this.#isClosing) return
      // What is left goes before anybody is told: the next download has the same folder. What went wrong first is said.
      await this.#cache.remove({ vbid }).catch(() => undefined)
      job.status = { ...job.status, state: 'Failed', error: error instanceof Error ? error.message : String(error) }
    }
  }
}
