import { assertNever } from '../../../src-shared/assert-never.ts'
import { HoldfastError } from '../../../src-shared/errors.ts'
import { type Job, type JobSpec, jobKinds } from '../../../src-shared/model/job.ts'
import type { JobReader } from '../../catalog/main/job-reader.ts'
import { formatSnapshotRef } from '../../storage/datastore/layout.ts'
import type { BucketReturns } from '../couchbase/bucket-returns.ts'
import type { ServerRestores } from '../job-server/server-restores.ts'
import type { DatabasesService } from './databases.ts'
import type { HistoryService } from './history-service.ts'
import type { JobStarter } from './job-starter.ts'
import type { RepositoriesService } from './repositories.ts'
import { effectiveOptions } from './repository-defaults.ts'
import type { RestoresService } from './restores.ts'
import type { JobFilter } from './services.ts'
import type { SnapshotsService } from './snapshots.ts'

const pageSize = 500
const kinds: ReadonlySet<string> = new Set(jobKinds)

/** A page of the history; the contract pages by time, the catalog by job. */
export function listJobs(jobs: JobReader, filter: JobFilter): Job[] {
  const { before, limit, ...rest } = filter
  const wanted = { ...rest, kinds: rest.kinds?.filter((kind): kind is JobSpec['kind'] => kinds.has(kind)) }
  if (before === undefined) return [...jobs.list({ ...wanted, limit }).jobs]
  const found: Job[] = []
  let next: Job['id'] | undefined
  do {
    const page = jobs.list({ ...wanted, before: next, limit: pageSize })
    found.push(...page.jobs.filter((job) => job.queuedAt < before))
    next = page.next
  } while (next !== undefined && found.length < limit)
  return found.slice(0, limit)
}

export interface StartParts {
  readonly jobs: JobStarter
  readonly repositories: RepositoriesService
  readonly snapshots: SnapshotsService
  readonly restores: RestoresService
  readonly databases: DatabasesService
  readonly serverRestores: ServerRestores
  readonly bucketReturns: BucketReturns
  readonly history: HistoryService
}

/** Runs a specification once, under the name of what it works on. Throws `repository/unknown`, `snapshot/unknown`. */
export async function startJob(parts: StartParts, spec: JobSpec, trigger: Job['trigger']): Promise<Job> {
  const { jobs, repositories, snapshots, restores, databases, serverRestores, bucketReturns, history } = parts
  if (trigger !== 'manual' && trigger !== 'command-line') {
    throw new HoldfastError('input/invalid', { detail: 'Only a person starts a job this way.' })
  }
  switch (spec.kind) {
    case 'restore':
      return restores.start(spec)
    case 'restore-database':
      return databases.restore(spec)
    case 'restore-job-server':
      return serverRestores.start(spec)
    case 'return-bucket':
      return bucketReturns.start(spec.as)
    case 'undo-restore':
      return restores.undo(spec.jobId)
    case 'backup': {
      const options = effectiveOptions(spec.options, repositories.record(spec.repositoryId))
      return jobs.start({ ...spec, options }, { name: spec.backupId, repositoryId: spec.repositoryId })
    }
    case 'forget':
      for (const id of spec.snapshotIds) await snapshots.get(id)
      return jobs.start(spec, { name: repositories.record(spec.repositoryId).name, repositoryId: spec.repositoryId })
    case 'remove-from-history':
      return history.start(spec)
    case 'verify': {
      const [only] = spec.snapshotIds ?? []
      const one = only !== undefined && spec.snapshotIds?.length === 1 ? await snapshots.get(only) : undefined
      const { name } = repositories.record(spec.repositoryId)
      return jobs.start(spec, {
        name: one === undefined ? name : formatSnapshotRef(one.ref),
        repositoryId: spec.repositoryId,
      })
    }
    case 'test-restore':
      await snapshots.get(spec.snapshotId)
      return jobs.start(spec, { name: repositories.record(spec.repositoryId).name, repositoryId: spec.repositoryId })
    case 'copy': {
      repositories.record(spec.repositoryId)
      const { ref } = await snapshots.get(spec.snapshotId)
      return jobs.start(spec, { name: formatSnapshotRef(ref), repositoryId: spec.repositoryId })
    }
    case 'prune':
    case 'collect-garbage':
    case 'index':
      return jobs.start(spec, { name: repositories.record(spec.repositoryId).name, repositoryId: spec.repositoryId })
    case 'remote':
      throw new HoldfastError('input/invalid', { detail: 'A remote job is queued at its job server.' })
    default:
      return assertNever(spec)
  }
}
