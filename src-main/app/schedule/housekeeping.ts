import type { CatalogWriter } from '../../catalog/main/open-catalog.ts'
import { openSnapshotProviders } from '../../sources/freeze/snapshot-providers.ts'
import type { Clock } from '../clock.ts'
import { type BugLog, isAbort } from '../contract-errors.ts'
import { removeLeftovers } from '../jobs/frozen-ledger.ts'
import type { PlanWatch } from '../notify/plan-watch.ts'
import type { PlansService } from '../services/plans.ts'
import type { RepositoriesService } from '../services/repositories.ts'
import type { RestoresService } from '../services/restores.ts'
import type { TrustService } from '../trust/trust-service.ts'

export interface HousekeepingParts {
  readonly clock: Clock
  readonly dataDirectory: string
  readonly catalog: CatalogWriter
  readonly plans: PlansService
  readonly planWatch: PlanWatch
  readonly repositories: RepositoriesService
  readonly restores: RestoresService
  readonly trust: TrustService
  readonly bugs: BugLog
}

const everyMs = 60 * 60_000
const scheduleRecordsKeptMs = 400 * 24 * 60 * 60_000

/** What is done at the start and once an hour: old undo copies and what crashed backups held still go, usage is sampled, overdue plans and due restore tests are looked for. */
export class Housekeeping {
  readonly #parts: HousekeepingParts
  #stop = (): void => {}

  constructor(parts: HousekeepingParts) {
    this.#parts = parts
  }

  start(): void {
    const { clock, catalog, restores, bugs } = this.#parts
    try {
      restores.purge()
      catalog.scheduleRecords.pruneBefore(clock.now() - scheduleRecordsKeptMs)
    } catch (error) {
      bugs.bug('housekeeping', error)
    }
    void this.#look().catch((error: unknown) => {
      if (!isAbort(error)) bugs.bug('housekeeping', error)
    })
    this.#stop = clock.after(everyMs, () => this.start())
  }

  stop(): void {
    this.#stop()
  }

  async #look(): Promise<void> {
    const { clock, dataDirectory, plans, planWatch, repositories, trust } = this.#parts
    await removeLeftovers(dataDirectory, openSnapshotProviders)
    await repositories.sample()
    planWatch.look(clock.now(), await plans.list(), await repositories.list())
    await trust.look()
  }
}
