import { assertNever } from '../../src-shared/assert-never.ts'
import type { KeyId, RepositoryId, SecretId } from '../../src-shared/model/ids.ts'
import type { Job, JobSpec } from '../../src-shared/model/job.ts'
import { planToFile } from '../../src-shared/model/plan-file.ts'
import { sourceSecretId } from '../../src-shared/model/source.ts'
import { writesRepository } from '../catalog/main/job-row.ts'
import type { CatalogWriter } from '../catalog/main/open-catalog.ts'
import type { JobOrder, RepositoryAccess } from './jobs/job-order.ts'
import type { RepositoryHub } from './services/repository-hub.ts'
import type { SnapshotsService } from './services/snapshots.ts'
import type { SourceSecrets } from './services/source-secrets.ts'
import type { Canaries, CanaryFile } from './trust/canaries.ts'

export interface PrepareParts {
  readonly catalog: CatalogWriter
  readonly hub: RepositoryHub
  readonly snapshots: SnapshotsService
  readonly dataDirectory: string
  readonly timeZone: string
  readonly secrets: SourceSecrets
  readonly canaries: Canaries
}

/** Gathers what a job needs to run away from catalog and keychain. Throws what stands in its way. */
export async function prepareJob(parts: PrepareParts, job: Job): Promise<JobOrder> {
  const { catalog, dataDirectory, timeZone, secrets } = parts
  if (job.repositoryId !== undefined && writesRepository(job.spec)) await parts.hub.closeIdle(job.repositoryId)
  const { workerThreads, readLimitBytesPerSecond } = catalog.settings.get()
  return {
    jobId: job.id,
    spec: job.spec,
    dataDirectory,
    repository: await access(parts, job),
    sourceRepository:
      job.spec.kind === 'copy'
        ? await open(parts.hub, (await parts.snapshots.get(job.spec.snapshotId)).repositoryId, undefined)
        : undefined,
    sourceSecrets: await sourceSecrets(secrets, job.spec),
    workerThreads,
    readLimitBytesPerSecond,
    planId: job.planId,
    planFile: planFileOf(catalog, job),
    canaries: canariesOf(parts, job),
    holdsPruning: job.planId !== undefined && catalog.anomalies.list().some(({ planId }) => planId === job.planId),
    timeZone,
  }
}

/** Planted before the run that is to miss them; a restore test looks for those that are. A try-out writes nothing. */
function canariesOf({ catalog, canaries }: PrepareParts, { planId, spec }: Job): readonly CanaryFile[] {
  const plan = planId === undefined ? undefined : catalog.plans.get(planId)
  if (plan === undefined) return []
  if (spec.kind === 'test-restore') return canaries.stored(plan)
  return spec.kind === 'backup' && !spec.dryRun ? canaries.tend(plan) : []
}

function planFileOf(catalog: CatalogWriter, { planId, spec }: Job): string | undefined {
  const plan = planId === undefined || spec.kind !== 'backup' ? undefined : catalog.plans.get(planId)
  return plan === undefined ? undefined : planToFile(plan, catalog.repositories.list())
}

async function access({ hub, snapshots }: PrepareParts, { spec }: Job): Promise<RepositoryAccess | undefined> {
  switch (spec.kind) {
    case 'backup':
      return open(hub, spec.repositoryId, spec.options.keyId)
    case 'verify':
    case 'test-restore':
    case 'prune':
    case 'forget':
    case 'remove-from-history':
    case 'copy':
    case 'collect-garbage':
    case 'index':
      return open(hub, spec.repositoryId, undefined)
    case 'restore':
    case 'restore-database':
    case 'restore-job-server':
      return open(hub, (await snapshots.get(spec.snapshotId)).repositoryId, undefined)
    case 'return-bucket': {
      const snapshotId = spec.as.kind === 'pull' ? spec.as.snapshotId : undefined
      return snapshotId && open(hub, (await snapshots.get(snapshotId)).repositoryId, undefined)
    }
    case 'undo-restore':
    case 'remote':
      return undefined
    default:
      return assertNever(spec)
  }
}

async function sourceSecrets(secrets: SourceSecrets, spec: JobSpec): Promise<Readonly<Record<string, string>>> {
  const id = secretIdOf(spec)
  return id === undefined ? {} : secrets.get(id)
}

function secretIdOf(spec: JobSpec): SecretId | undefined {
  if (spec.kind === 'restore-job-server') return spec.to.serverId
  if (spec.kind === 'restore-database') return spec.as.kind === 'agent' ? spec.as.secretId : undefined
  if (spec.kind === 'return-bucket') return spec.as.kind === 'pull' ? spec.as.secretId : undefined
  return spec.kind === 'backup' ? sourceSecretId(spec.source) : undefined
}

function open(hub: RepositoryHub, id: RepositoryId, keyId: KeyId | undefined): Promise<RepositoryAccess> {
  return keyId === undefined ? hub.access(id) : hub.access(id, keyId)
}
