import type { RepositoryId } from '../../../src-shared/model/ids.ts'
import type { RepositoryUsage } from '../../../src-shared/model/repository.ts'
import type { CatalogWriter } from '../../catalog/main/open-catalog.ts'
import type { Clock } from '../clock.ts'

const hourMs = 60 * 60_000
const keptMs = 3 * 366 * 24 * hourMs
const points = 400

/** How full repositories are, and were. */
export class RepositoryUsages {
  readonly #catalog: CatalogWriter
  readonly #clock: Clock

  constructor(catalog: CatalogWriter, clock: Clock) {
    this.#catalog = catalog
    this.#clock = clock
  }

  history(id: RepositoryId): readonly RepositoryUsage[] {
    const to = this.#clock.now()
    return this.#catalog.repositories.usageHistory(id, { from: to - keptMs, to, limit: points })
  }

  /** A point of the history at most once an hour; what is shown as current is always the newest. */
  record(id: RepositoryId, measured: RepositoryUsage): void {
    const { repositories } = this.#catalog
    const { storedBytes, logicalBytes } = repositories.facts(id).usage ?? {}
    // What was counted last stays known until it is counted again.
    const usage = {
      ...(storedBytes === undefined ? {} : { storedBytes }),
      ...(logicalBytes === undefined ? {} : { logicalBytes }),
      ...measured,
    }
    const now = this.#clock.now()
    const [last] = repositories.usageHistory(id, { from: now - hourMs, to: now, limit: 1 })
    if (last === undefined) repositories.recordUsage(id, usage, now - keptMs)
    else repositories.learn(id, { usage })
  }

  /** What was counted of the stored bytes; usage that is taken from the disk alone does not know it. False when none is known. */
  addCounted(id: RepositoryId, counted: Pick<RepositoryUsage, 'storedBytes' | 'logicalBytes'>): boolean {
    const { usage } = this.#catalog.repositories.facts(id)
    if (usage === undefined) return false
    this.#catalog.repositories.learn(id, { usage: { ...usage, ...counted } })
    return true
  }
}
