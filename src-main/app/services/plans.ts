import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import type { CalendarEntry, DayResult, PlanState } from '../../../src-shared/contract/plans.ts'
import { HoldfastError } from '../../../src-shared/errors.ts'
import { type PlanId, planId, type RepositoryId } from '../../../src-shared/model/ids.ts'
import type { Job } from '../../../src-shared/model/job.ts'
import { displayPath, pathTextToBytes } from '../../../src-shared/model/path-text.ts'
import type { Destination, Plan, PlanDraft } from '../../../src-shared/model/plan.ts'
import type { Schedule, SkipReason } from '../../../src-shared/model/schedule.ts'
import { ownSecretId, sourcePaths } from '../../../src-shared/model/source.ts'
import type { IndexReader } from '../../catalog/index/index-reader.ts'
import { lineageIdOf } from '../../catalog/index/natural-ids.ts'
import type { CatalogWriter } from '../../catalog/main/open-catalog.ts'
import type { Clock } from '../clock.ts'
import { isEnded, type JobQueue } from '../jobs/job-queue.ts'
import { localTime } from '../schedule/local-time.ts'
import { nextOccurrences } from '../schedule/occurrences.ts'
import type { ScheduledStart } from '../schedule/scheduler.ts'
import { skipInWords } from '../schedule/skip-words.ts'
import { scheduleInWords } from '../schedule/words.ts'
import type { Changes } from './changes.ts'
import type { JobStarter } from './job-starter.ts'
import { planCalendar } from './plan-calendar.ts'
import { backupCommand } from './plan-command.ts'
import { type PlanHistory, planDays, planHealth } from './plan-health.ts'
import type { RepositoriesService } from './repositories.ts'
import { effectiveNamespace, effectiveOptions } from './repository-defaults.ts'
import type { ScheduleMemory } from './schedule-memory.ts'
import type { SourceSecrets } from './source-secrets.ts'

const historyMs = 31 * 24 * 60 * 60_000
const recordsRead = 2000
/** Past runs of each plan that a calendar looks at. */
const calendarRuns = 2000

export interface PlansOptions {
  readonly catalog: CatalogWriter
  readonly secrets: SourceSecrets
  readonly reader: IndexReader
  readonly queue: JobQueue
  readonly jobs: JobStarter
  readonly repositories: RepositoriesService
  readonly memory: ScheduleMemory
  readonly changes: Changes
  readonly clock: Clock
  readonly timeZone: string
}

export class PlansService {
  readonly #options: PlansOptions

  constructor(options: PlansOptions) {
    this.#options = options
  }

  async list(): Promise<PlanState[]> {
    const states: PlanState[] = []
    for (const plan of this.#options.catalog.plans.list()) states.push(await this.#state(plan))
    return states
  }

  state(id: PlanId): Promise<PlanState> {
    return this.#state(this.get(id))
  }

  /** Throws `plan/unknown`. */
  get(id: PlanId): Plan {
    const plan = this.#options.catalog.plans.get(id)
    if (plan === undefined) throw new HoldfastError('plan/unknown')
    return plan
  }

  save({ id, ...draft }: PlanDraft): Plan {
    const { catalog, changes, clock } = this.#options
    const now = clock.now()
    // Throws `input/invalid` for an expression that is none.
    nextOccurrences(draft.schedule, now, 1)
    const destinations = draft.destinations.map((destination) => this.#withNamespace(destination))
    for (const path of sourcePaths(draft.source)) requireAbsolute(path)
    const plan: Plan =
      id === undefined
        ? { ...draft, destinations, id: planId.parse(randomUUID()), createdAt: now }
        : { ...draft, destinations, id, createdAt: this.get(id).createdAt }
    catalog.plans.put(plan)
    changes.changed('plans')
    return plan
  }

  remove(id: PlanId): void {
    const { catalog, changes, memory, queue, secrets } = this.#options
    const secretId = ownSecretId(this.get(id).source)
    for (const job of queue.active()) if (job.planId === id && job.status.state !== 'running') queue.cancel(job.id)
    catalog.plans.remove(id)
    // What is left behind in the safe hurts nobody; that the plan is gone is what was asked for.
    if (secretId !== undefined) void secrets.delete(secretId).catch(() => {})
    memory.forget(id)
    changes.changed('plans')
  }

  setEnabled(id: PlanId, enabled: boolean): Plan {
    const plan = { ...this.get(id), enabled }
    this.#options.catalog.plans.put(plan)
    this.#options.changes.changed('plans')
    return plan
  }

  /** One job a destination. */
  run(
    id: PlanId,
    { repositoryId, dryRun }: { readonly repositoryId: RepositoryId | undefined; readonly dryRun: boolean },
  ): Job[] {
    const plan = this.get(id)
    const destinations = plan.destinations.filter(
      (one) => repositoryId === undefined || one.repositoryId === repositoryId,
    )
    if (destinations.length === 0) throw new HoldfastError('repository/unknown')
    return destinations.map((destination) => this.#start(plan, destination, { dryRun, trigger: 'manual', reason: '' }))
  }

  /** What the scheduler starts. False when another process has taken this moment already. */
  runScheduled(plan: Plan, { trigger, at, missed }: ScheduledStart): void {
    const { catalog, clock } = this.#options
    const wasSkipped = missed !== undefined || this.#outcomeAt(plan.id, at) === 'skipped'
    catalog.atomically(() => {
      const jobs = plan.destinations.map((destination) =>
        this.#start(plan, destination, { dryRun: false, trigger, reason: this.#reason(plan, at, missed) }),
      )
      const [first] = jobs
      if (first === undefined || wasSkipped) return
      const outcome = { kind: 'ran', jobId: first.id } as const
      catalog.scheduleRecords.record({ planId: plan.id, dueAt: at, recordedAt: clock.now(), outcome })
    })
  }

  recordSkipped(id: PlanId, at: number, reason: SkipReason): void {
    const { catalog, clock, changes } = this.#options
    const outcome = { kind: 'skipped', reason } as const
    catalog.scheduleRecords.record({ planId: id, dueAt: at, recordedAt: clock.now(), outcome })
    changes.changed('plans')
  }

  /** What became of a moment, as any process on this catalog wrote it down. */
  #outcomeAt(id: PlanId, at: number): 'ran' | 'skipped' | undefined {
    const [record] = this.#options.catalog.scheduleRecords.list(id, { before: at + 1, limit: 1 })
    return record?.dueAt === at ? record.outcome.kind : undefined
  }

  /** Whether another process ran this moment: two apps on one data folder must not both do it. */
  hasRun(id: PlanId, at: number): boolean {
    return this.#outcomeAt(id, at) === 'ran'
  }

  isRunning(id: PlanId): boolean {
    return this.#options.queue
      .active()
      .some((job) => job.planId === id && job.spec.kind === 'backup' && !isRetryLater(job))
  }

  /** What stands in the way of a scheduled run. */
  preflight(plan: Plan): SkipReason | undefined {
    const paths = sourcePaths(plan.source)
    if (paths.length > 0 && !paths.some((path) => existsSync(Buffer.from(pathTextToBytes(path)))))
      return 'source-missing'
    const { repositories } = this.#options
    if (plan.destinations.every(({ repositoryId }) => repositories.isMissing(repositoryId))) return 'repository-missing'
    return undefined
  }

  /** Jobs and the runs that did not happen, newest first. */
  runs(id: PlanId, limit: number) {
    this.get(id)
    const { catalog, queue } = this.#options
    const jobs = queue.fresh(catalog.jobs.list({ planId: id, kinds: ['backup'], limit }).jobs).map((job) => ({
      jobId: job.id,
      at: job.queuedAt,
      state: runState(job),
      ...(job.status.state === 'error' ? { reason: job.status.error.message } : {}),
    }))
    const skipped = catalog.scheduleRecords.list(id, { limit: 500 }).flatMap(({ dueAt, outcome }) =>
      outcome.kind === 'ran'
        ? []
        : [
            {
              at: dueAt,
              state: isMissed(outcome.reason) ? ('missed' as const) : ('skipped' as const),
              skipped: outcome.reason,
              reason: skipInWords[outcome.reason],
            },
          ],
    )
    return [...jobs, ...skipped].toSorted((a, b) => b.at - a.at).slice(0, limit)
  }

  calendar(from: number, to: number): CalendarEntry[] {
    const now = this.#options.clock.now()
    return this.#options.catalog.plans.list().flatMap((plan) => {
      const past = this.runs(plan.id, calendarRuns)
      return planCalendar(plan, past, { from, to, now })
    })
  }

  nextRuns(schedule: Schedule, count: number): { runs: number[]; words: string } {
    return { runs: nextOccurrences(schedule, this.#options.clock.now(), count), words: scheduleInWords(schedule) }
  }

  asCommand(draft: PlanDraft): string {
    const addresses = draft.destinations.map((destination) => ({
      address: displayPath(this.#options.repositories.record(destination.repositoryId).address),
      namespace: this.#withNamespace(destination).namespace,
    }))
    return backupCommand(draft, addresses)
  }

  /**
   * A destination that names no namespace gets that of its repository, once: what the repository says later does not
   * move a plan's snapshots apart. Throws `repository/unknown`.
   */
  #withNamespace(destination: Destination): Destination {
    const record = this.#options.catalog.repositories.get(destination.repositoryId)
    if (record === undefined) throw new HoldfastError('repository/unknown')
    return { ...destination, namespace: effectiveNamespace(destination.namespace, record) }
  }

  #start(
    plan: Plan,
    { repositoryId, namespace, retention, writeLimitBytesPerSecond }: Destination,
    {
      dryRun,
      trigger,
      reason,
    }: { readonly dryRun: boolean; readonly trigger: Job['trigger']; readonly reason: string },
  ): Job {
    const { jobs, queue, changes, repositories } = this.#options
    if (!dryRun) {
      // A retry that still waits is overtaken by this run.
      for (const job of queue.active()) {
        if (job.planId === plan.id && job.repositoryId === repositoryId && isRetryLater(job)) queue.cancel(job.id)
      }
    }
    const hasRules = Object.values(retention).some((keep) => keep !== undefined)
    const job = jobs.start(
      {
        kind: 'backup',
        source: plan.source,
        repositoryId,
        namespace,
        backupId: plan.backupId,
        options: effectiveOptions(plan.options, repositories.record(repositoryId)),
        hooks: plan.hooks,
        dryRun,
        ...(hasRules ? { retention } : {}),
        ...(writeLimitBytesPerSecond === undefined ? {} : { writeLimitBytesPerSecond }),
      },
      { name: plan.name, trigger, planId: plan.id, repositoryId, reason },
    )
    changes.changed('plans')
    return job
  }

  #reason(plan: Plan, at: number, missed: SkipReason | undefined): string {
    if (missed === undefined) return ''
    return `Was due at ${localTime(at, zoneOf(plan, this.#options.timeZone))}. ${skipInWords[missed]}`
  }

  async #state(plan: Plan): Promise<PlanState> {
    const { catalog, queue, memory, clock, timeZone, reader } = this.#options
    const now = clock.now()
    const results = catalog.jobs.results(now - historyMs, plan.id)
    const running = queue
      .active()
      .find((job) => job.planId === plan.id && job.spec.kind === 'backup' && !isRetryLater(job))
    const lastGood = catalog.jobs.lastGoodRuns().find((run) => run.planId === plan.id)
    const history: PlanHistory = {
      plan,
      results,
      records: catalog.scheduleRecords
        .list(plan.id, { limit: recordsRead })
        .filter(({ dueAt }) => dueAt > now - historyMs),
      runningJobId: running?.id,
      lastGoodAt: lastGood?.endedAt,
      now,
      timeZone,
      pausedUntil: memory.pausedUntil,
    }
    const last = results.at(-1)
    const lastJob = last === undefined ? undefined : catalog.jobs.get(last.jobId)
    const [next] = plan.enabled ? nextOccurrences(plan.schedule, Math.max(now, memory.pausedUntil ?? 0), 1) : []
    const bytes = await this.#protectedBytes(plan, reader)
    return {
      plan,
      health: planHealth(history),
      days: planDays(history),
      ...(lastGood === undefined ? {} : { lastGoodAt: lastGood.endedAt }),
      ...(last === undefined ? {} : { lastRunAt: last.endedAt }),
      ...(lastJob?.status.state === 'error' ? { lastError: lastJob.status.error.message } : {}),
      ...(next === undefined ? {} : { nextRunAt: next }),
      ...(running === undefined ? {} : { runningJobId: running.id }),
      ...(bytes === undefined ? {} : { protectedBytes: bytes }),
    }
  }

  async #protectedBytes(plan: Plan, reader: IndexReader): Promise<number | undefined> {
    let newest: { readonly time: number; readonly bytes: number } | undefined
    for (const { repositoryId, namespace } of plan.destinations) {
      const lineageId = lineageIdOf(repositoryId, { namespace, type: 'host', backupId: plan.backupId })
      const [snapshot] = await reader.snapshots({ lineageId, limit: 1 })
      if (snapshot === undefined || (newest !== undefined && snapshot.ref.time <= newest.time)) continue
      newest = { time: snapshot.ref.time, bytes: snapshot.sizeBytes }
    }
    return newest?.bytes
  }
}

function isMissed(reason: SkipReason): boolean {
  return reason === 'asleep' || reason === 'not-running'
}

/** A retry that waits for its time is not a run that is under way. */
function isRetryLater(job: Job): boolean {
  return job.trigger === 'retry' && job.status.state === 'waiting'
}

function runState(job: Job): DayResult['state'] {
  if (!isEnded(job)) return 'running'
  if (job.status.state === 'success') return job.warnings > 0 ? 'warnings' : 'good'
  const isCancelled = job.status.state === 'error' && job.status.error.code === 'job/cancelled'
  return isCancelled ? 'skipped' : 'failed'
}

function zoneOf(plan: Plan, fallback: string): string {
  return 'timeZone' in plan.schedule ? plan.schedule.timeZone : fallback
}

function requireAbsolute(path: string): void {
  if (/^([/\\]|[A-Za-z]:[\\/])/.test(path)) return
  throw new HoldfastError('input/invalid', { detail: `${displayPath(path)} is not a whole path.` })
}
