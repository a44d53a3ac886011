import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { HoldfastError } from '../../../src-shared/errors.ts'
import type { RepositoryId } from '../../../src-shared/model/ids.ts'
import type { PlainError } from '../../../src-shared/model/plain-error.ts'
import type { CatalogWriter } from '../../catalog/main/open-catalog.ts'
import type { Clock } from '../clock.ts'
import { type BugLog, toPlainError } from '../contract-errors.ts'
import type { Changes } from './changes.ts'
import type { RepositoryHub } from './repository-hub.ts'
import type { RepositoryUsages } from './repository-usages.ts'

const probeEveryMs = 60_000

export interface RepositoryProbesOptions {
  readonly catalog: CatalogWriter
  readonly hub: RepositoryHub
  readonly usages: RepositoryUsages
  readonly changes: Changes
  readonly clock: Clock
  readonly bugs: BugLog
}

interface Probe {
  readonly at: number
  readonly reachable: boolean
  readonly error: PlainError | undefined
}

/** Whether repositories can be reached, as it was found out last. */
export class RepositoryProbes {
  readonly #options: RepositoryProbesOptions
  readonly #known = new Map<RepositoryId, Probe>()
  readonly #probing = new Map<RepositoryId, Promise<void>>()
  readonly #closing = new AbortController()

  constructor(options: RepositoryProbesOptions) {
    this.#options = options
  }

  /** What is known. When that is old, a look begins, and whoever shows it hears of a change. */
  last(id: RepositoryId): Probe | undefined {
    const probe = this.#known.get(id)
    // The answer does not wait for a disk that has to spin up: it comes with the next change.
    if (probe === undefined || this.#options.clock.now() - probe.at > probeEveryMs) void this.look(id) // never rejects
    return probe
  }

  look(id: RepositoryId): Promise<void> {
    const running = this.#probing.get(id)
    if (running !== undefined) return running
    const probing = this.#look(id).finally(() => this.#probing.delete(id))
    this.#probing.set(id, probing)
    return probing
  }

  /** Somebody else found out. */
  learn(id: RepositoryId, error: PlainError | undefined): void {
    this.#known.set(id, { at: this.#options.clock.now(), reachable: error === undefined, error })
  }

  forget(id: RepositoryId): void {
    this.#known.delete(id)
  }

  /** Whether a local repository is where it should be; anything else is found out by the job. */
  isMissing(id: RepositoryId): boolean {
    const record = this.#options.catalog.repositories.get(id)
    return record?.kind === 'datastore' && !existsSync(join(record.address, '.chunks'))
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await Promise.allSettled(this.#probing.values())
  }

  async #look(id: RepositoryId): Promise<void> {
    const { catalog, hub, usages, changes, bugs } = this.#options
    const before = this.#known.get(id)
    try {
      if (this.isMissing(id)) {
        await hub.forget(id)
        throw new HoldfastError('repository/unreachable', {
          detail: 'Its folder is not there.',
          hint: 'Connect the disk it is on.',
        })
      }
      const repository = await hub.use(id, this.#closing.signal)
      catalog.repositories.learn(id, { capabilities: [...repository.capabilities] })
      await repository.reach?.(this.#closing.signal)
      const usage = await repository.maintenance.usage?.(this.#closing.signal)
      if (usage !== undefined) usages.record(id, usage)
      this.learn(id, undefined)
    } catch (error) {
      if (this.#closing.signal.aborted || catalog.repositories.get(id) === undefined) return
      this.learn(id, toPlainError(error, bugs))
    }
    if (before?.reachable !== this.#known.get(id)?.reachable) changes.changed('repositories')
  }
}
