import { HoldfastError } from '../../../src-shared/errors.ts'
import type { RepositoryId } from '../../../src-shared/model/ids.ts'
import type { SnapshotRef } from '../../../src-shared/model/snapshot.ts'
import type { CatalogWriter } from '../../catalog/main/open-catalog.ts'
import type { Repository, SnapshotReader } from '../../repositories/repository.ts'
import type { SecretStore } from '../host.ts'
import type { RepositoryAccess } from '../jobs/job-order.ts'
import { openJobRepository } from '../jobs/open-job-repository.ts'
import type { KeysService } from './keys.ts'

/** A snapshot that somebody looks at stays open for so long after the last look; meanwhile nobody can remove it. */
const idleMs = 20_000
/** Snapshots open at once; each holds the tables of its archives. */
const maximumReaders = 8
/** For looking, not for work: jobs have threads of their own. */
const workerThreads = 1

export interface HubOptions {
  readonly catalog: CatalogWriter
  readonly keys: KeysService
  readonly secrets: SecretStore
  readonly dataDirectory: string
}

/** Repositories as the main thread uses them: for browsing, previews and small changes. Opened when needed, kept a while. */
export class RepositoryHub {
  readonly #options: HubOptions
  readonly #open = new Map<RepositoryId, Promise<Repository>>()
  readonly #readers = new Map<string, SharedReader>()
  readonly #timer = setInterval(() => void this.#sweep(), idleMs / 4)
  #isClosed = false

  constructor(options: HubOptions) {
    this.#options = options
    this.#timer.unref()
  }

  /** What a job needs to open it. Throws `repository/unknown`, `key/missing`. */
  async access(id: RepositoryId, keyId = this.#record(id).keyId): Promise<RepositoryAccess> {
    const { keys } = this.#options
    const key = keyId === undefined ? undefined : await keys.access(keyId)
    const others = (await keys.all()).filter((other) => other.fingerprint !== key?.fingerprint)
    const { address, fingerprint, masterKey } = this.#record(id)
    const secret = await this.#options.secrets.get(repositorySecretName(id))
    return { id, address, key, masterKey: masterKey?.publicKey, otherKeys: others, secret, fingerprint }
  }

  /** Stays open; do not close it. */
  async use(id: RepositoryId, signal: AbortSignal): Promise<Repository> {
    if (this.#isClosed) throw new HoldfastError('repository/unreachable', { detail: 'Holdfast is closing.' })
    let opening = this.#open.get(id)
    if (opening === undefined) {
      // Not bound to the signal of whoever asked first.
      opening = this.access(id).then((access) =>
        openJobRepository(
          access,
          { workerThreads, dataDirectory: this.#options.dataDirectory },
          new AbortController().signal,
        ),
      )
      this.#open.set(id, opening)
      opening.catch(() => this.#open.delete(id))
    }
    const repository = await opening
    signal.throwIfAborted()
    return repository
  }

  /** Lends a reader; it stays open for the next one who asks. */
  async withReader<Result>(
    id: RepositoryId,
    ref: SnapshotRef,
    signal: AbortSignal,
    work: (reader: SnapshotReader) => Promise<Result>,
  ): Promise<Result> {
    const lease = await this.lease(id, ref, signal)
    try {
      return await work(lease.reader)
    } finally {
      lease.release()
    }
  }

  /** As `withReader`, for work that outlives the call. Release it exactly once. */
  async lease(id: RepositoryId, ref: SnapshotRef, signal: AbortSignal): Promise<ReaderLease> {
    const key = JSON.stringify([id, ref.namespace, ref.type, ref.backupId, ref.time])
    let shared = this.#readers.get(key)
    if (shared === undefined) {
      const repository = await this.use(id, signal)
      shared = this.#readers.get(key) ?? {
        opening: repository.read(ref, new AbortController().signal),
        users: 0,
        idleSince: 0,
      }
      this.#readers.set(key, shared)
      shared.opening.catch(() => this.#readers.delete(key))
    }
    const used = shared
    used.users += 1
    const release = (): void => {
      used.users -= 1
      used.idleSince = performance.now()
    }
    try {
      const reader = await used.opening
      return { reader, release }
    } catch (error) {
      release()
      throw error
    }
  }

  /** Closes snapshots that nobody looks at just now: an open one is locked against being removed. */
  async closeIdle(id: RepositoryId): Promise<void> {
    for (const [key, shared] of this.#readers) {
      if (shared.users > 0 || !belongsTo(key, id)) continue
      this.#readers.delete(key)
      await closeQuietly(shared.opening)
    }
  }

  /** Closes what is open of a repository: its keys changed, it was removed, or its snapshots are to go. */
  async forget(id: RepositoryId): Promise<void> {
    // Out of the tables at once, so that whoever asks from here on opens anew; then closed.
    const closing: Promise<{ close(): Promise<void> }>[] = []
    for (const [key, shared] of this.#readers) {
      if (!belongsTo(key, id)) continue
      this.#readers.delete(key)
      closing.push(shared.opening)
    }
    const opening = this.#open.get(id)
    this.#open.delete(id)
    for (const reader of closing) await closeQuietly(reader)
    if (opening !== undefined) await closeQuietly(opening)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearInterval(this.#timer)
    await this.forgetAll()
  }

  async forgetAll(): Promise<void> {
    // As many as there are repositories open, which a person added one by one.
    await Promise.all([...this.#open.keys()].map((id) => this.forget(id)))
  }

  #record(id: RepositoryId) {
    const record = this.#options.catalog.repositories.get(id)
    if (record === undefined) throw new HoldfastError('repository/unknown')
    return record
  }

  async #sweep(): Promise<void> {
    const now = performance.now()
    const idle = [...this.#readers].filter(([, shared]) => shared.users === 0)
    const tooMany = this.#readers.size - maximumReaders
    for (const [index, [key, shared]] of idle.entries()) {
      if (now - shared.idleSince < idleMs && index >= tooMany) continue
      this.#readers.delete(key)
      await closeQuietly(shared.opening)
    }
  }
}

/** Where the password or token of a server lies in the secret store. */
export function repositorySecretName(id: RepositoryId): string {
  return `repository/${id}`
}

export interface ReaderLease {
  readonly reader: SnapshotReader
  release(): void
}

interface SharedReader {
  readonly opening: Promise<SnapshotReader>
  users: number
  idleSince: number
}

function belongsTo(key: string, id: RepositoryId): boolean {
  return key.startsWith(JSON.stringify([id]).slice(0, -1))
}

/** What could not be opened need not be closed, and nobody waits for how closing went. */
async function closeQuietly(opening: Promise<{ close(): Promise<void> }>): Promise<void> {
  await opening.then((opened) => opened.close()).catch(() => {})
}
