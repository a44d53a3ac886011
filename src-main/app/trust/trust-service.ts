import { HoldfastError } from '../../../src-shared/errors.ts'
import type { LineageId, PlanId, RepositoryId } from '../../../src-shared/model/ids.ts'
import type { Job } from '../../../src-shared/model/job.ts'
import type { Plan } from '../../../src-shared/model/plan.ts'
import type { Snapshot } from '../../../src-shared/model/snapshot.ts'
import type { PlanTrust } from '../../../src-shared/model/trust.ts'
import { lineageIdOf } from '../../catalog/index/natural-ids.ts'
import type { CatalogWriter } from '../../catalog/main/open-catalog.ts'
import type { Clock } from '../clock.ts'
import type { PowerState } from '../host.ts'
import type { JobStarter } from '../services/job-starter.ts'
import type { SnapshotsService } from '../services/snapshots.ts'
import { judgeTrust } from './judge-trust.ts'
import { readBackShare } from './read-back-share.ts'

const dayMs = 24 * 60 * 60_000
/** Less than a day, so that a run that begins a little later each time does not lose one. */
const betweenRunsMs = 20 * 60 * 60_000
const betweenTestsMs = 7 * dayMs
const filesOfATest = 25
/** Snapshots of a plan that are looked at; no plan keeps more. */
const maximumSnapshots = 100_000

export interface TrustOptions {
  readonly catalog: CatalogWriter
  readonly snapshots: SnapshotsService
  readonly jobs: JobStarter
  readonly clock: Clock
  power(): Promise<PowerState>
  pausedUntil(): number | undefined
}

/** Proves that what is stored comes back: reads everything again by turns, restores samples, and says how sure one may be. */
export class TrustService {
  readonly #options: TrustOptions

  constructor(options: TrustOptions) {
    this.#options = options
  }

  async list(): Promise<PlanTrust[]> {
    const found: PlanTrust[] = []
    for (const plan of this.#options.catalog.plans.list()) {
      for (const { repositoryId, namespace } of plan.destinations) {
        found.push(await this.#judge(plan, repositoryId, namespace))
      }
    }
    return found
  }

  /** Throws `plan/unknown`, `repository/unknown`, `snapshot/unknown` when there is nothing to restore from. */
  async testRestore(planId: PlanId, repositoryId: RepositoryId): Promise<Job> {
    const plan = this.#options.catalog.plans.get(planId)
    if (plan === undefined) throw new HoldfastError('plan/unknown')
    const destination = plan.destinations.find((one) => one.repositoryId === repositoryId)
    if (destination === undefined) throw new HoldfastError('repository/unknown')
    const [newest] = await this.#snapshotsOf(plan, repositoryId, destination.namespace, 1)
    if (newest === undefined) throw new HoldfastError('snapshot/unknown')
    return this.#test(plan, newest, 'manual')
  }

  /** Once an hour or so: starts what is due, a repository and a plan at most once a day, never on battery or while all is paused. */
  async look(): Promise<void> {
    const { catalog, clock } = this.#options
    const { readBackDays, testRestores } = catalog.settings.get().trust
    const now = clock.now()
    if ((this.#options.pausedUntil() ?? 0) > now || (await this.#options.power()).onBattery) return
    if (readBackDays > 0) {
      for (const { id, name } of catalog.repositories.list()) await this.#readBack({ id, name, readBackDays, now })
    }
    if (testRestores) for (const plan of catalog.plans.list()) await this.#testInTurn(plan, now)
  }

  async #readBack({ id, name, readBackDays, now }: ReadBack): Promise<void> {
    const { catalog, jobs, snapshots } = this.#options
    if (catalog.repositories.facts(id).capabilities?.includes('verify') !== true) return
    if (this.#startedWithin({ repositoryId: id, kinds: ['verify'] }, now - betweenRunsMs)) return
    const known = await snapshots.list({ repositoryId: id, limit: maximumSnapshots })
    const due = readBackShare(
      known.map(({ id: snapshotId, lineageId, ref, verify, storedBytes, sizeBytes }) => ({
        id: snapshotId,
        lineageId,
        madeAt: ref.time * 1000,
        checkedAt: verify?.at,
        costBytes: storedBytes ?? sizeBytes,
      })),
      readBackDays,
      now,
    )
    if (due.length === 0) return
    jobs.start(
      { kind: 'verify', repositoryId: id, snapshotIds: [...due] },
      {
        name,
        repositoryId: id,
        trigger: 'schedule',
        reason: `Everything is read back within ${readBackDays} days; this is the part of today.`,
      },
    )
  }

  async #testInTurn(plan: Plan, now: number): Promise<void> {
    if (!plan.enabled || now - plan.createdAt < dayMs) return
    for (const { repositoryId, namespace } of plan.destinations) {
      const last = { planId: plan.id, repositoryId, kinds: ['test-restore' as const] }
      if (this.#startedWithin(last, now - betweenTestsMs)) continue
      const [newest] = await this.#snapshotsOf(plan, repositoryId, namespace, 1)
      if (newest !== undefined) this.#test(plan, newest, 'schedule')
    }
  }

  #test(plan: Plan, { id, repositoryId }: Snapshot, trigger: Job['trigger']): Job {
    return this.#options.jobs.start(
      { kind: 'test-restore', repositoryId, snapshotId: id, files: filesOfATest },
      { name: plan.name, planId: plan.id, repositoryId, trigger },
    )
  }

  #startedWithin(filter: Omit<Parameters<CatalogWriter['jobs']['list']>[0], 'limit'>, since: number): boolean {
    const [last] = this.#options.catalog.jobs.list({ ...filter, limit: 1 }).jobs
    return last !== undefined && last.queuedAt > since
  }

  async #judge(plan: Plan, repositoryId: RepositoryId, namespace: string): Promise<PlanTrust> {
    const { catalog, clock } = this.#options
    const { readBackDays } = catalog.settings.get().trust
    const snapshots = await this.#snapshotsOf(plan, repositoryId, namespace, maximumSnapshots)
    const restoreTest = this.#lastTest(plan.id, repositoryId)
    const judged = judgeTrust({
      snapshots: snapshots.map(({ ref, verify }) => ({ madeAt: ref.time * 1000, verify })),
      restoreTest,
      periodDays: readBackDays > 0 ? readBackDays : 30,
      now: clock.now(),
    })
    return {
      planId: plan.id,
      repositoryId,
      ...judged,
      ...(restoreTest === undefined ? {} : { restoreTest }),
      ...(readBackDays > 0 ? { periodDays: readBackDays } : {}),
    }
  }

  /** The last one that says something: a test that was cancelled or could not reach the repository does not. */
  #lastTest(planId: PlanId, repositoryId: RepositoryId): PlanTrust['restoreTest'] {
    const { jobs } = this.#options.catalog.jobs.list({
      planId,
      repositoryId,
      kinds: ['test-restore'],
      states: ['success', 'error'],
      limit: 20,
    })
    for (const { id, status } of jobs) {
      if (status.state === 'success' && status.summary.restoreTest !== undefined) {
        const { files, bytes, canaries } = status.summary.restoreTest
        return { jobId: id, at: status.endedAt, isGood: true, files, bytes, canaries }
      }
      if (status.state === 'error' && damage.has(status.error.code)) {
        return { jobId: id, at: status.endedAt, isGood: false, files: 0, bytes: 0 }
      }
    }
    return undefined
  }

  #snapshotsOf(plan: Plan, repositoryId: RepositoryId, namespace: string, limit: number): Promise<Snapshot[]> {
    const lineageId: LineageId = lineageIdOf(repositoryId, { namespace, type: 'host', backupId: plan.backupId })
    return this.#options.snapshots.list({ lineageId, limit })
  }
}

interface ReadBack {
  readonly id: RepositoryId
  readonly name: string
  readonly readBackDays: number
  readonly now: number
}

/** Ends of a test that say that something stored is not as it should be. */
const damage: ReadonlySet<string> = new Set([
  'restore/untrue',
  'restore/canary',
  'archive/corrupt',
  'blob/corrupt',
  'chunk/corrupt',
  'chunk/missing',
  'index/corrupt',
  'manifest/corrupt',
])
