import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { jobId, planId, repositoryId } from '../../../src-shared/model/ids.ts'
import { job } from '../../../src-shared/model/job.ts'
import { type Plan, plan } from '../../../src-shared/model/plan.ts'
import { type Repository, repository } from '../../../src-shared/model/repository.ts'
import type { PendingStatus } from './job-writer.ts'
import { type CatalogWriter, openCatalog } from './open-catalog.ts'

/** What tests of the catalog share: a data folder of their own, a clock they set, and rows to put in. */
export function testFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'catalog-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export interface TestCatalog {
  readonly catalog: CatalogWriter
  readonly folder: string
  readonly clock: { now: number }
  /** A second process on the same folder, as far as the catalog can tell. */
  another(): CatalogWriter
}

export function testCatalog(): TestCatalog {
  const folder = testFolder()
  const clock = { now: 1_700_000_000_000 }
  const another = () => {
    const catalog = openCatalog(folder, { now: () => clock.now })
    onTestFinished(() => catalog.close())
    return catalog
  }
  return { catalog: another(), folder, clock, another }
}

export function testRepository(overrides: Partial<Repository> = {}): Repository {
  return repository.parse({
    id: repositoryId.parse(randomUUID()),
    name: 'Disk',
    kind: 'datastore',
    address: '/backup',
    addedAt: 1,
    ...overrides,
  })
}

export function testPlan(destination: Repository, overrides: Partial<Plan> = {}): Plan {
  return plan.parse({
    id: planId.parse(randomUUID()),
    name: 'Documents',
    source: { kind: 'folders', paths: ['/home/anna/caf\udce9'] },
    backupId: 'laptop',
    destinations: [{ repositoryId: destination.id }],
    schedule: { kind: 'manual' },
    conditions: {},
    options: {},
    retry: {},
    hooks: {},
    enabled: true,
    createdAt: 1,
    ...overrides,
  })
}

export function testJob(
  on: Repository,
  options: { planId?: Plan['id']; kind?: 'prune' | 'verify'; queuedAt?: number } = {},
) {
  const spec =
    options.kind === 'verify'
      ? { kind: 'verify' as const, repositoryId: on.id }
      : options.kind === 'prune'
        ? { kind: 'prune' as const, repositoryId: on.id, namespace: '', retention: {} }
        : {
            kind: 'backup' as const,
            source: { kind: 'folders' as const, paths: ['/home'] },
            repositoryId: on.id,
            namespace: '',
            backupId: 'laptop',
            options: {},
          }
  const status: PendingStatus = { state: 'queued' }
  return {
    ...job.parse({
      id: jobId.parse(randomUUID()),
      title: 'Back up',
      spec,
      trigger: 'manual',
      planId: options.planId,
      queuedAt: options.queuedAt ?? 1,
      reason: '',
      warnings: 0,
      status,
    }),
    status,
  }
}
