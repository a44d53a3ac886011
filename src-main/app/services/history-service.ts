import type { RemovalPreview } from '../../../src-shared/contract/history.ts'
import { HoldfastError } from '../../../src-shared/errors.ts'
import { anchoredExclude } from '../../../src-shared/model/anchored-exclude.ts'
import type { EntryVersion } from '../../../src-shared/model/entry.ts'
import type { LineageId, RepositoryId } from '../../../src-shared/model/ids.ts'
import type { Job, JobSpec } from '../../../src-shared/model/job.ts'
import { displayPath } from '../../../src-shared/model/path-text.ts'
import type { Plan } from '../../../src-shared/model/plan.ts'
import type { Lineage, Snapshot } from '../../../src-shared/model/snapshot.ts'
import { isInTreeArchive } from '../../../src-shared/model/tree-archive.ts'
import type { IndexReader } from '../../catalog/index/index-reader.ts'
import type { DatabasePreviews } from '../inside/database-previews.ts'
import { formatSnapshotPath, outermost, type PathInSnapshot } from '../restore/snapshot-path.ts'
import type { JobStarter } from './job-starter.ts'
import type { PlansService } from './plans.ts'
import type { RepositoriesService } from './repositories.ts'
import type { RepositoryHub } from './repository-hub.ts'
import type { SnapshotsService } from './snapshots.ts'
import type { SpaceService } from './space.ts'

export interface HistoryOptions {
  readonly hub: RepositoryHub
  readonly jobs: JobStarter
  readonly plans: PlansService
  readonly previews: DatabasePreviews
  readonly reader: IndexReader
  readonly repositories: RepositoriesService
  readonly snapshots: SnapshotsService
  readonly space: SpaceService
}

type FolderPlan = Plan & { readonly source: Extract<Plan['source'], { kind: 'folders' }> }
type Spec = Extract<JobSpec, { kind: 'remove-from-history' }>

/** More snapshots of one source are not looked through for a dialog. */
const maximumSnapshots = 5000

/** Takes files and folders out of all snapshots of a source, and says beforehand what that would change. */
export class HistoryService {
  readonly #options: HistoryOptions

  constructor(options: HistoryOptions) {
    this.#options = options
  }

  /** Throws `snapshot/unknown`, and `input/invalid` for what is no path below an archive. */
  async preview(id: LineageId, paths: readonly string[], signal: AbortSignal): Promise<RemovalPreview> {
    const { hub, reader, snapshots } = this.#options
    const { repositoryId, planId } = await this.#lineage(id)
    const all = await snapshots.list({ lineageId: id, limit: maximumSnapshots })
    const wanted = namesBelow(paths)
      .map(textOf)
      .filter((path) => isInAny(all, path))
    const spans: { readonly from: number; readonly to: number }[] = []
    let versions = 0
    let bytes = 0
    for (const path of wanted) {
      signal.throwIfAborted()
      const found = await reader.versions(id, path)
      spans.push(...found.map(({ firstAt, lastAt }) => ({ from: firstAt, to: lastAt })))
      const isFolder = found.some(({ entry }) => entry.kind === 'directory')
      versions += isFolder ? 1 : found.length
      bytes += isFolder ? await this.#folderBytes(found, path) : sizeOf(found)
    }
    const holding = all.filter(({ ref }) =>
      spans.some(({ from, to }) => ref.time * 1000 >= from && ref.time * 1000 <= to),
    )
    const { maintenance } = await hub.use(repositoryId, signal)
    const plan = this.#folderPlan(planId)
    return {
      canRemove: maintenance.removePaths !== undefined,
      snapshots: holding.filter(({ indexed }) => indexed).length,
      protectedSnapshots: holding.filter(({ indexed, protected: isProtected }) => indexed && isProtected).length,
      unreadSnapshots: all.filter(({ indexed }) => !indexed).length,
      versions,
      bytes,
      ...(plan !== undefined && { plan: { id: plan.id, name: plan.name, folders: plan.source.paths.length } }),
    }
  }

  /** Throws what `preview` throws, and `repository/unsupported` where a snapshot stays as it was written. */
  async remove(wish: Omit<Spec, 'kind'>, excludeFromPlans: boolean): Promise<Job> {
    const { previews } = this.#options
    const spec: Spec = { ...wish, kind: 'remove-from-history' }
    const job = await this.start(spec)
    if (spec.dryRun) return job
    if (excludeFromPlans) await this.#excludeFromPlans(spec.lineageIds, namesBelow(spec.paths))
    previews.drop()
    return job
  }

  /** The job alone, as when it is run again. */
  async start(spec: Spec): Promise<Job> {
    const { hub, jobs, repositories, snapshots } = this.#options
    let unknown = namesBelow(spec.paths).map(textOf)
    const lineages: Lineage[] = []
    for (const id of spec.lineageIds) {
      lineages.push(await this.#lineage(id, spec.repositoryId))
      const all = await snapshots.list({ lineageId: id, limit: maximumSnapshots })
      unknown = unknown.filter((path) => !isInAny(all, path))
    }
    if (unknown.length > 0) {
      throw new HoldfastError('input/invalid', {
        detail: `${displayPath(unknown.join(', '))} is in no archive of files.`,
        hint: 'Disks and streams go with their snapshots.',
      })
    }
    const { name } = repositories.record(spec.repositoryId)
    const { maintenance } = await hub.use(spec.repositoryId, AbortSignal.any([]))
    if (maintenance.removePaths === undefined) {
      throw new HoldfastError('repository/unsupported', {
        detail: 'There a snapshot stays as it was written.',
        hint: 'Forget the snapshots that hold it, each as a whole. Or copy them into a repository on this computer, and remove it there.',
      })
    }
    const [only, another] = lineages
    return jobs.start(spec, {
      name: only === undefined || another !== undefined ? name : only.title,
      repositoryId: spec.repositoryId,
    })
  }

  async #excludeFromPlans(ids: readonly LineageId[], paths: readonly PathInSnapshot[]): Promise<void> {
    const patterns = paths.map(({ names }) => anchoredExclude(textOf({ tree: '', names }).slice(1)))
    const planIds = new Set<Plan['id']>()
    for (const id of ids) {
      const { planId } = await this.#lineage(id)
      if (planId !== undefined) planIds.add(planId)
    }
    for (const id of planIds) {
      const plan = this.#folderPlan(id)
      if (plan === undefined) continue
      // The last that matches counts: they go to the end.
      const excludes = [...plan.source.excludes.filter((each) => !patterns.includes(each)), ...patterns]
      this.#options.plans.save({ ...plan, source: { ...plan.source, excludes } })
    }
  }

  #folderPlan(id: Plan['id'] | undefined): FolderPlan | undefined {
    if (id === undefined) return undefined
    try {
      const { source, ...plan } = this.#options.plans.get(id)
      return source.kind === 'folders' ? { ...plan, source } : undefined
    } catch (error) {
      if (error instanceof HoldfastError && error.code === 'plan/unknown') return undefined
      throw error
    }
  }

  async #lineage(id: LineageId, repositoryId?: RepositoryId): Promise<Lineage> {
    const found = (await this.#options.snapshots.lineages()).find((lineage) => lineage.id === id)
    if (found === undefined || (repositoryId !== undefined && found.repositoryId !== repositoryId))
      throw new HoldfastError('snapshot/unknown', { detail: 'There is no such group in this repository.' })
    return found
  }

  /** Every content that any snapshot has below it. */
  async #folderBytes(found: readonly EntryVersion[], path: string): Promise<number> {
    const last = found.at(-1)
    if (last === undefined) return 0
    const { all } = await this.#options.space.folder(last.lastSnapshotId, path, { by: 'keptBytes', limit: 1 })
    return all.keptBytes
  }
}

/** Some snapshot has an archive of files by that name. */
function isInAny(snapshots: readonly Snapshot[], path: string): boolean {
  return snapshots.some(({ archives }) => isInTreeArchive(archives, path))
}

function sizeOf(versions: readonly EntryVersion[]): number {
  return versions.reduce((sum, { entry }) => sum + entry.sizeBytes, 0)
}

function namesBelow(paths: readonly string[]): readonly PathInSnapshot[] {
  const parsed = outermost(paths)
  if (parsed === undefined || parsed.some(({ names }) => names.length === 0)) {
    throw new HoldfastError('input/invalid', {
      detail: 'This is a whole archive.',
      hint: 'Name a file or a folder in it, or forget the snapshots.',
    })
  }
  return parsed
}

function textOf({ tree, names }: PathInSnapshot): string {
  return formatSnapshotPath(tree, names)
}
