import type { FolderSpace, SpaceReport } from '../../../src-shared/contract/space.ts'
import { HoldfastError } from '../../../src-shared/errors.ts'
import type { RepositoryId, SnapshotId } from '../../../src-shared/model/ids.ts'
import type { Lineage, SnapshotRef } from '../../../src-shared/model/snapshot.ts'
import type { FolderSpaceOptions } from '../../catalog/index/folder-space.ts'
import type { IndexReader } from '../../catalog/index/index-reader.ts'
import type { Maintenance } from '../../repositories/repository.ts'
import { formatSnapshotRef } from '../../storage/datastore/layout.ts'
import type { Clock } from '../clock.ts'
import type { RepositoriesService } from './repositories.ts'
import type { RepositoryHub } from './repository-hub.ts'
import type { SnapshotsService } from './snapshots.ts'

const maximumSnapshots = 100_000

export interface SpaceOptions {
  readonly hub: RepositoryHub
  readonly repositories: RepositoriesService
  readonly snapshots: SnapshotsService
  readonly clock: Clock
  /** A reader beside the one that windows wait for: a sum over a whole tree takes its time. Opened when somebody asks. */
  openReader(): IndexReader
}

/** What takes the space of a repository, and what removing would give back. */
export class SpaceService {
  readonly #options: SpaceOptions
  #reader: IndexReader | undefined

  constructor(options: SpaceOptions) {
    this.#options = options
  }

  /** Throws `repository/unknown`, `repository/unsupported`. What was found becomes part of what is known of its usage. */
  async measure(id: RepositoryId, signal: AbortSignal): Promise<SpaceReport> {
    const { clock, repositories, snapshots } = this.#options
    const space = await this.#spaceOf(id, signal)
    const lineages = (await snapshots.lineages()).filter((lineage) => lineage.repositoryId === id)
    const owners: SnapshotRef[][] = []
    for (const lineage of lineages) owners.push(await this.#refsOf(lineage))
    const { owned, storedBytes, logicalBytes, chunks } = await space({ owners, all: true }, signal)
    const own = lineages.map(({ id: lineageId, title, snapshots: count }, at) => ({
      lineageId,
      title,
      snapshots: count,
      ownBytes: owned[at]?.bytes ?? 0,
    }))
    repositories.learnSpace(id, { storedBytes, logicalBytes })
    return {
      at: clock.now(),
      storedBytes,
      logicalBytes,
      chunks,
      sharedBytes: storedBytes - own.reduce((sum, { ownBytes }) => sum + ownBytes, 0),
      lineages: own.toSorted((a, b) => b.ownBytes - a.ownBytes),
    }
  }

  /** Throws `snapshot/unknown`, also for one that is not in the catalog yet, and `path/not-found`. */
  async folder(id: SnapshotId, path: string, { by, limit }: FolderSpaceOptions): Promise<FolderSpace> {
    this.#reader ??= this.#options.openReader()
    const { all, children, others } = await this.#reader.folderSpace(id, path, { by, limit })
    return { all, children: [...children], others }
  }

  async close(): Promise<void> {
    await this.#reader?.close()
  }

  /** Snapshots that are not there take no space. */
  async wouldFree(
    id: RepositoryId,
    { snapshots: names, namespace }: { readonly snapshots: readonly string[]; readonly namespace: string },
    signal: AbortSignal,
  ): Promise<{ readonly bytes: number; readonly chunks: number }> {
    const space = await this.#spaceOf(id, signal)
    const wanted = new Set(names)
    const known = await this.#options.snapshots.list({ repositoryId: id, limit: maximumSnapshots })
    const refs = known.flatMap(({ ref }) =>
      ref.namespace === namespace && wanted.has(formatSnapshotRef(ref)) ? [ref] : [],
    )
    const [freed] = (await space({ owners: [refs], all: false }, signal)).owned
    return freed ?? { bytes: 0, chunks: 0 }
  }

  async #spaceOf(id: RepositoryId, signal: AbortSignal): Promise<NonNullable<Maintenance['space']>> {
    const { hub, repositories } = this.#options
    repositories.record(id)
    const { maintenance } = await hub.use(id, signal)
    if (maintenance.space === undefined) throw new HoldfastError('repository/unsupported')
    return maintenance.space
  }

  async #refsOf({ id, snapshots }: Lineage): Promise<SnapshotRef[]> {
    return (await this.#options.snapshots.list({ lineageId: id, limit: snapshots })).map(({ ref }) => ref)
  }
}
