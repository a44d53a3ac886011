import { isAbsolute } from 'node:path'
import { HoldfastError } from '../../../src-shared/errors.ts'
import type { RepositoryId } from '../../../src-shared/model/ids.ts'
import type { Job } from '../../../src-shared/model/job.ts'
import type { PruneDecision } from '../../repositories/repository.ts'
import { formatSnapshotRef } from '../../storage/datastore/layout.ts'
import { effectiveNamespace } from '../services/repository-defaults.ts'
import type { Services } from '../services/services.ts'
import { type Implementer, signalOf } from './implementer.ts'

export function repositoriesRouter(os: Implementer, services: Services) {
  const { repositories, jobs, setRepositoryKey, host, hub, queue } = services
  /** Only a folder lies on a disk. */
  const folderOf = (id: RepositoryId) => {
    const { kind, address } = repositories.record(id)
    return kind === 'datastore' || isAbsolute(address) ? address : undefined
  }
  return {
    removable: os.repositories.removable.handler(async ({ input }) => {
      const folder = folderOf(input.id)
      const disk = folder === undefined ? undefined : await host.removableDisk?.(folder)
      return disk === undefined ? {} : { disk }
    }),
    eject: os.repositories.eject.handler(async ({ input }) => {
      const folder = folderOf(input.id)
      const isBusy = queue.active().some((job) => job.repositoryId === input.id && job.status.state === 'running')
      if (isBusy) throw new HoldfastError('disk/busy', { detail: 'A job is working on it.' })
      await hub.forget(input.id)
      if (folder !== undefined) await host.ejectDisk?.(folder)
      services.changes.changed('repositories')
    }),
    list: os.repositories.list.handler(() => repositories.list()),
    ensureDefault: os.repositories.ensureDefault.handler(() => repositories.ensureDefault()),
    get: os.repositories.get.handler(({ input }) => repositories.get(input.id, input)),
    test: os.repositories.test.handler(({ input }) => repositories.test(input.address, input)),
    add: os.repositories.add.handler(({ input }) => repositories.add({ ...input, keyId: input.keyId })),
    rename: os.repositories.rename.handler(({ input }) => repositories.rename(input.id, input.name)),
    setKey: os.repositories.setKey.handler(({ input }) => setRepositoryKey(input.id, input.keyId)),
    setCredentials: os.repositories.setCredentials.handler(({ input }) => repositories.setCredentials(input.id, input)),
    remove: os.repositories.remove.handler(({ input }) => repositories.remove(input.id)),
    usageHistory: os.repositories.usageHistory.handler(({ input }) =>
      repositories.usageHistory(input.id).map(({ at, usedBytes, totalBytes, storedBytes }) => ({
        at,
        usedBytes,
        totalBytes,
        ...(storedBytes === undefined ? {} : { storedBytes }),
      })),
    ),
    verify: os.repositories.verify.handler(async ({ input }): Promise<Job> => {
      const { id, name } = await repositories.require(input.id, 'verify')
      const { skipVerifiedWithinDays } = input
      return jobs.start(
        {
          kind: 'verify',
          repositoryId: id,
          ...(skipVerifiedWithinDays === undefined ? {} : { skipVerifiedWithinDays }),
        },
        { name, repositoryId: id },
      )
    }),
    simulatePrune: os.repositories.simulatePrune.handler(async ({ input, signal }) => {
      const group = {
        namespace: effectiveNamespace(input.namespace, repositories.record(input.repositoryId)),
        backupId: input.backupId,
      }
      const decisions = await repositories.simulatePrune(input.repositoryId, group, input.retention, signalOf(signal))
      const kept = decisions.filter((decision) => decision.keep).length
      return { entries: decisions.map(simulationEntry), kept, removed: decisions.length - kept }
    }),
    prune: os.repositories.prune.handler(async ({ input }): Promise<Job> => {
      const record = await repositories.require(input.repositoryId, 'prune')
      const { id, name } = record
      const { backupId, retention } = input
      const namespace = effectiveNamespace(input.namespace, record)
      return jobs.start(
        {
          kind: 'prune',
          repositoryId: id,
          namespace,
          retention,
          dryRun: false,
          ...(backupId === undefined ? {} : { backupId }),
        },
        { name, repositoryId: id },
      )
    }),
    collectGarbage: os.repositories.collectGarbage.handler(async ({ input }): Promise<Job> => {
      const { id, name } = await repositories.require(input.id, 'collectGarbage')
      return jobs.start({ kind: 'collect-garbage', repositoryId: id }, { name, repositoryId: id })
    }),
    index: os.repositories.index.handler(({ input }): Job => {
      const { id, name } = repositories.record(input.id)
      return jobs.start({ kind: 'index', repositoryId: id }, { name, repositoryId: id })
    }),
  }
}

function simulationEntry({ ref, keep, protected: isProtected }: PruneDecision) {
  return { snapshot: formatSnapshotRef(ref), at: ref.time * 1000, keep, protected: isProtected }
}
