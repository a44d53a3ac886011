import { hostname } from 'node:os'
import { HoldfastError } from '../../../src-shared/errors.ts'
import type { Entry } from '../../../src-shared/model/entry.ts'
import type { LineageId, RepositoryId, SnapshotId } from '../../../src-shared/model/ids.ts'
import type { Job } from '../../../src-shared/model/job.ts'
import type { Lineage, Snapshot } from '../../../src-shared/model/snapshot.ts'
import type { IndexReader } from '../../catalog/index/index-reader.ts'
import type { IndexWriter } from '../../catalog/index/open-index.ts'
import type { SnapshotReader } from '../../repositories/repository.ts'
import type { SourceFacts } from '../../sources/source.ts'
import { formatSnapshotRef } from '../../storage/datastore/layout.ts'
import { browseRepository, statInRepository } from './browse-repository.ts'
import type { Changes } from './changes.ts'
import type { JobStarter } from './job-starter.ts'
import type { RepositoriesService } from './repositories.ts'
import type { ReaderLease, RepositoryHub } from './repository-hub.ts'

const pageSize = 1000
/** Facts of snapshots that were looked at; a few hundred bytes each. */
const rememberedFacts = 500

export interface SnapshotsOptions {
  readonly index: IndexWriter
  readonly reader: IndexReader
  readonly hub: RepositoryHub
  readonly repositories: RepositoriesService
  readonly jobs: JobStarter
  readonly changes: Changes
}

export interface BrowseRequest {
  readonly id: SnapshotId
  readonly path: string
  readonly showDeleted: boolean
  readonly foldersOnly?: boolean | undefined
  readonly filter: string | undefined
  readonly order: { readonly by: 'name' | 'size' | 'modified'; readonly descending: boolean }
  readonly offset: number
  readonly limit: number
}

export interface BrowsePage {
  readonly entries: Entry[]
  readonly total: number
  readonly deleted: number
}

/** Snapshots and what is in them: from the catalog where it knows, else from the repository itself. */
export class SnapshotsService {
  readonly #options: SnapshotsOptions
  readonly #facts = new Map<SnapshotId, SourceFacts | undefined>()

  constructor(options: SnapshotsOptions) {
    this.#options = options
  }

  async lineages(): Promise<Lineage[]> {
    return [...(await this.#options.reader.lineages())]
  }

  async list(filter: {
    readonly lineageId?: LineageId | undefined
    readonly repositoryId?: RepositoryId | undefined
    readonly limit: number
  }): Promise<Snapshot[]> {
    const found: Snapshot[] = []
    while (found.length < filter.limit) {
      const limit = Math.min(pageSize, filter.limit - found.length)
      const page = await this.#options.reader.snapshots({ ...filter, before: found.at(-1)?.ref.time, limit })
      found.push(...page)
      if (page.length < limit) break
    }
    return found
  }

  /** Throws `snapshot/unknown`. */
  async get(id: SnapshotId): Promise<Snapshot> {
    const snapshot = await this.#options.reader.snapshot(id)
    if (snapshot === undefined) throw new HoldfastError('snapshot/unknown')
    return snapshot
  }

  async browse(request: BrowseRequest, signal: AbortSignal): Promise<BrowsePage> {
    const snapshot = await this.get(request.id)
    if (!snapshot.indexed)
      return this.withReader(snapshot, signal, (reader) => browseRepository(reader, request, signal))
    const { reader } = this.#options
    const { id, path, order, offset, limit } = request
    const sort = { sort: order.by, descending: order.descending }
    if (request.filter !== undefined && request.filter !== '') return this.#filtered(request, request.filter)
    const { showDeleted: ghosts, foldersOnly } = request
    const page = await reader.list(id, path, { ...sort, ghosts, foldersOnly, offset, limit })
    return { ...page, entries: [...page.entries] }
  }

  async stat(id: SnapshotId, path: string, signal: AbortSignal): Promise<Entry> {
    const snapshot = await this.get(id)
    if (snapshot.indexed) return this.#options.reader.stat(id, path)
    return this.withReader(snapshot, signal, (reader) => statInRepository(reader, path, signal))
  }

  async protect(id: SnapshotId, isProtected: boolean, signal: AbortSignal): Promise<Snapshot> {
    const snapshot = await this.get(id)
    const repository = await this.#options.hub.use(snapshot.repositoryId, signal)
    if (repository.maintenance.protect === undefined) throw new HoldfastError('repository/unsupported')
    await repository.maintenance.protect(snapshot.ref, isProtected)
    return this.#patched(id, { protected: isProtected })
  }

  async setNotes(id: SnapshotId, notes: string, signal: AbortSignal): Promise<Snapshot> {
    const snapshot = await this.get(id)
    const repository = await this.#options.hub.use(snapshot.repositoryId, signal)
    if (repository.maintenance.setNotes === undefined) throw new HoldfastError('repository/unsupported')
    await repository.maintenance.setNotes(snapshot.ref, notes)
    return this.#patched(id, { notes })
  }

  /** One job a repository. Refuses all when one of them is protected. */
  async forget(ids: readonly SnapshotId[]): Promise<Job[]> {
    const snapshots: Snapshot[] = []
    for (const id of ids) snapshots.push(await this.get(id))
    const kept = snapshots.find((snapshot) => snapshot.protected)
    if (kept !== undefined) {
      throw new HoldfastError('snapshot/protected', { detail: formatSnapshotRef(kept.ref) })
    }
    const jobs: Job[] = []
    for (const [repositoryId, some] of Map.groupBy(snapshots, (snapshot) => snapshot.repositoryId)) {
      const { name } = await this.#options.repositories.require(repositoryId, 'forget')
      const snapshotIds = some.map((snapshot) => snapshot.id)
      jobs.push(this.#options.jobs.start({ kind: 'forget', repositoryId, snapshotIds }, { name, repositoryId }))
    }
    return jobs
  }

  async verify(id: SnapshotId): Promise<Job> {
    const { repositoryId, ref } = await this.get(id)
    await this.#options.repositories.require(repositoryId, 'verify')
    return this.#options.jobs.start(
      { kind: 'verify', repositoryId, snapshotIds: [id] },
      { name: formatSnapshotRef(ref), repositoryId },
    )
  }

  async manifest(id: SnapshotId, signal: AbortSignal) {
    const snapshot = await this.get(id)
    return this.withReader(snapshot, signal, async (reader) => {
      const text = await reader.manifestText(signal)
      const archives: { filename: string; chunks: number; uniqueChunks: number }[] = []
      for (const { filename } of reader.snapshot.archives) {
        if (!/\.[df]idx$/.test(filename)) continue
        const { count, unique } = await reader.chunks(filename, signal)
        archives.push({ filename, chunks: count, uniqueChunks: unique })
      }
      return { text, signed: isSigned(text), archives }
    })
  }

  withReader<Result>(
    snapshot: Snapshot,
    signal: AbortSignal,
    work: (reader: SnapshotReader) => Promise<Result>,
  ): Promise<Result> {
    return this.#options.hub.withReader(snapshot.repositoryId, snapshot.ref, signal, work)
  }

  lease(snapshot: Snapshot, signal: AbortSignal): Promise<ReaderLease> {
    return this.#options.hub.lease(snapshot.repositoryId, snapshot.ref, signal)
  }

  /** Where a path of a snapshot is on this computer's disk, if the snapshot was taken here. */
  async diskPath(snapshot: Snapshot, path: string, signal: AbortSignal): Promise<string | undefined> {
    const [tree, ...rest] = path.split('/').filter((name) => name !== '')
    const facts = await this.facts(snapshot, signal)
    const root = facts?.host === hostname() ? facts.roots.find((one) => one.archive === tree)?.path : undefined
    if (root === undefined || rest.includes('..')) return undefined
    return rest.length === 0 ? root : `${root.replace(/\/$/, '')}/${rest.join('/')}`
  }

  async facts(snapshot: Snapshot, signal: AbortSignal): Promise<SourceFacts | undefined> {
    if (this.#facts.has(snapshot.id)) return this.#facts.get(snapshot.id)
    const facts = await this.withReader(snapshot, signal, (reader) => reader.facts(signal))
    const oldest = this.#facts.keys().next().value
    if (this.#facts.size >= rememberedFacts && oldest !== undefined) this.#facts.delete(oldest)
    this.#facts.set(snapshot.id, facts)
    return facts
  }

  /** The index orders whole folders; a filter looks at all of one, page by page. */
  async #filtered(request: BrowseRequest, filter: string): Promise<BrowsePage> {
    const { id, path, order, offset, limit, showDeleted, foldersOnly } = request
    const wanted = filter.toLocaleLowerCase()
    const found: Entry[] = []
    let deleted = 0
    for (let at = 0; ; at += pageSize) {
      const page = await this.#options.reader.list(id, path, {
        sort: order.by,
        descending: order.descending,
        ghosts: true,
        foldersOnly,
        offset: at,
        limit: pageSize,
      })
      for (const entry of page.entries) {
        if (!entry.name.toLocaleLowerCase().includes(wanted)) continue
        if (entry.deletedAfter !== undefined) deleted += 1
        if (showDeleted || entry.deletedAfter === undefined) found.push(entry)
      }
      if (at + pageSize >= page.total) break
    }
    return { entries: found.slice(offset, offset + limit), total: found.length, deleted }
  }

  async #patched(id: SnapshotId, patch: { readonly protected?: boolean; readonly notes?: string }): Promise<Snapshot> {
    this.#options.index.snapshots.patchSnapshot(id, patch)
    this.#options.changes.changed('snapshots')
    return this.get(id)
  }
}

function isSigned(manifest: string): boolean {
  const parsed: unknown = JSON.parse(manifest)
  return typeof parsed === 'object' && parsed !== null && 'signature' in parsed && typeof parsed.signature === 'string'
}
