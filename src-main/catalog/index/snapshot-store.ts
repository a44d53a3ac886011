import type { Database } from 'better-sqlite3'
import type { z } from 'zod'
import { HoldfastError } from '../../../src-shared/errors.ts'
import {
  type LineageId,
  lineageId,
  type PlanId,
  type RepositoryId,
  type SnapshotId,
} from '../../../src-shared/model/ids.ts'
import {
  type Lineage,
  lineage as lineageModel,
  type Snapshot,
  snapshot as snapshotModel,
} from '../../../src-shared/model/snapshot.ts'
import { fromJson, toJson } from '../database/json-column.ts'
import { lineageIdOf, snapshotIdOf } from './natural-ids.ts'

/** What is known of a snapshot without its entries: what the repository lists, and what the job that made it counted. */
export const snapshotDetails = snapshotModel.omit({
  id: true,
  lineageId: true,
  files: true,
  changes: true,
  indexed: true,
})
export type SnapshotDetails = z.infer<typeof snapshotDetails>

const changeable = snapshotModel
  .pick({ notes: true, protected: true, verify: true, planId: true, storedBytes: true, counts: true })
  .partial()
export type SnapshotPatch = z.infer<typeof changeable>

export interface SnapshotReader {
  lineages(repository?: RepositoryId): readonly Lineage[]
  lineage(id: LineageId): Lineage | undefined
  /** Newest first, at most 1000, older than `before` (Unix seconds) when given. This is also the timeline. */
  snapshots(filter: SnapshotFilter): readonly Snapshot[]
  snapshot(id: SnapshotId): Snapshot | undefined
  repositoryCounts(repository: RepositoryId): { snapshots: number; groups: number; protectedSnapshots: number }
}

export interface SnapshotFilter {
  readonly lineageId?: LineageId | undefined
  readonly repositoryId?: RepositoryId | undefined
  readonly before?: number | undefined
  readonly limit: number
}

export interface SnapshotStore extends SnapshotReader {
  /** Adds a snapshot, and its lineage, or brings what is known of it up to date; absent optional fields stay. */
  putSnapshot(details: SnapshotDetails): SnapshotId
  /** The same for one that has taken the place of its former self: a verification was of that. */
  replaceSnapshot(details: SnapshotDetails): SnapshotId
  /** Throws `snapshot/unknown`. */
  patchSnapshot(id: SnapshotId, patch: SnapshotPatch): void
  /** How a lineage is called, and which plan feeds it. Throws `snapshot/unknown`. */
  describeLineage(id: LineageId, description: { readonly title: string; readonly planId?: PlanId | undefined }): void
}

interface LineageRow {
  readonly uuid: string
  readonly repository_id: string
  readonly namespace: string
  readonly type: string
  readonly backup_id: string
  readonly title: string
  readonly plan_id: string | null
  readonly snapshots: number
  readonly oldest: number | null
  readonly newest: number | null
}

interface SnapshotRow {
  readonly uuid: string
  readonly lineage_uuid: string
  readonly state: string
  readonly details: string
  readonly files: number | null
  readonly added: number | null
  readonly changed: number | null
  readonly removed: number | null
  readonly changed_bytes: number | null
}

const maxPage = 1000

/** What no longer holds. */
type Forgotten = { readonly verify?: undefined }

export function createSnapshotStore(db: Database): SnapshotStore {
  const sql = prepareStatements(db)

  const lineageNumber = (details: SnapshotDetails): number => {
    const { repositoryId, ref } = details
    const uuid = lineageIdOf(repositoryId, ref)
    const existing = sql.lineageNumber.get(uuid)
    if (existing !== undefined) return existing
    const root = (sql.reserveDirectory.get() ?? 0) - 1
    const { namespace, type, backupId } = ref
    sql.insertLineage.run(uuid, repositoryId, namespace, type, backupId, backupId, details.planId ?? null, root)
    const added = sql.lineageNumber.get(uuid)
    if (added === undefined) throw new Error('a lineage that was just added is not there')
    sql.insertRoot.run(root, added, added)
    return added
  }

  const update = (id: SnapshotId, change: SnapshotDetails | SnapshotPatch, forgotten: Forgotten = {}): void => {
    const before = sql.details.get(id)
    if (before === undefined) throw new HoldfastError('snapshot/unknown')
    const defined = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined))
    const merged = { ...fromJson(snapshotDetails, before, 'A snapshot'), ...forgotten, ...defined }
    sql.setDetails.run(toJson(snapshotDetails, merged), id)
  }

  const put = (details: SnapshotDetails, forgotten?: Forgotten): SnapshotId => {
    const id = snapshotIdOf(details.repositoryId, details.ref)
    if (sql.details.get(id) === undefined) {
      sql.insertSnapshot.run(id, lineageNumber(details), details.ref.time, toJson(snapshotDetails, details))
    } else update(id, details, forgotten)
    return id
  }

  return {
    lineages: (repository) => sql.lineages.all(repository ?? null).map(readLineage),
    lineage(id) {
      const row = sql.lineage.get(id)
      return row === undefined ? undefined : readLineage(row)
    },
    snapshots({ lineageId: of, repositoryId, before = Number.MAX_SAFE_INTEGER, limit }) {
      const bounded = Math.min(Math.max(1, limit), maxPage)
      const rows =
        of === undefined
          ? sql.snapshots.all({ before, repository: repositoryId ?? null, limit: bounded })
          : sql.lineageSnapshots.all(of, before, bounded)
      return rows.map(readSnapshot)
    },
    snapshot(id) {
      const row = sql.snapshot.get(id)
      return row === undefined ? undefined : readSnapshot(row)
    },
    repositoryCounts: (repository) => sql.counts.get(repository) ?? { snapshots: 0, groups: 0, protectedSnapshots: 0 },
    putSnapshot: db.transaction((details: SnapshotDetails) => put(details)).immediate,
    replaceSnapshot: db.transaction((details: SnapshotDetails) => put(details, { verify: undefined })).immediate,
    patchSnapshot: db.transaction((id: SnapshotId, patch: SnapshotPatch) => update(id, changeable.parse(patch)))
      .immediate,
    describeLineage(id, { title, planId }) {
      const { changes } = sql.describe.run(title.toWellFormed(), planId ?? null, id)
      if (changes === 0) throw new HoldfastError('snapshot/unknown')
    },
  }
}

function prepareStatements(db: Database) {
  const lineageColumns = `lineage.uuid, repository_id, namespace, type, backup_id, title, plan_id,
    (SELECT count(*) FROM snapshot WHERE lineage = lineage.id) AS snapshots,
    (SELECT min(time) FROM snapshot WHERE lineage = lineage.id) AS oldest,
    (SELECT max(time) FROM snapshot WHERE lineage = lineage.id) AS newest`
  const snapshotColumns = `snapshot.uuid, lineage.uuid AS lineage_uuid, state, details, files, added, changed, removed, changed_bytes`
  const from = 'FROM snapshot JOIN lineage ON lineage.id = snapshot.lineage'
  return {
    lineages: db.prepare<[string | null], LineageRow>(
      `SELECT ${lineageColumns} FROM lineage WHERE repository_id = coalesce(?, repository_id)
       ORDER BY repository_id, namespace, type, backup_id`,
    ),
    lineage: db.prepare<[string], LineageRow>(`SELECT ${lineageColumns} FROM lineage WHERE uuid = ?`),
    lineageNumber: db.prepare<[string], number>('SELECT id FROM lineage WHERE uuid = ?').pluck(),
    insertLineage: db.prepare(
      `INSERT INTO lineage (uuid, repository_id, namespace, type, backup_id, title, plan_id, root)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    // Roots have no name; the lineage's number stands in for one, so that (parent, name) stays unique.
    insertRoot: db.prepare('INSERT INTO directory (id, lineage, parent, name) VALUES (?, ?, 0, ?)'),
    reserveDirectory: db
      .prepare<[], number>("UPDATE counter SET next = next + 1 WHERE name = 'directory' RETURNING next")
      .pluck(),
    describe: db.prepare('UPDATE lineage SET title = ?, plan_id = ? WHERE uuid = ?'),
    snapshots: db.prepare<[object], SnapshotRow>(
      `SELECT ${snapshotColumns} ${from} WHERE time < :before AND repository_id = coalesce(:repository, repository_id)
       ORDER BY time DESC, snapshot.uuid LIMIT :limit`,
    ),
    lineageSnapshots: db.prepare<[string, number, number], SnapshotRow>(
      `SELECT ${snapshotColumns} ${from} WHERE snapshot.lineage = (SELECT id FROM lineage WHERE uuid = ?) AND time < ?
       ORDER BY time DESC LIMIT ?`,
    ),
    snapshot: db.prepare<[string], SnapshotRow>(`SELECT ${snapshotColumns} ${from} WHERE snapshot.uuid = ?`),
    insertSnapshot: db.prepare('INSERT INTO snapshot (uuid, lineage, time, details) VALUES (?, ?, ?, ?)'),
    details: db.prepare<[string], string>('SELECT details FROM snapshot WHERE uuid = ?').pluck(),
    setDetails: db.prepare('UPDATE snapshot SET details = ? WHERE uuid = ?'),
    counts: db.prepare<[string], { snapshots: number; groups: number; protectedSnapshots: number }>(
      `SELECT count(snapshot.id) AS snapshots, count(DISTINCT lineage.id) AS "groups",
         coalesce(sum(json_extract(details, '$.protected')), 0) AS protectedSnapshots
       ${from} WHERE repository_id = ?`,
    ),
  }
}

function readLineage(row: LineageRow): Lineage {
  return lineageModel.parse({
    id: row.uuid,
    repositoryId: row.repository_id,
    namespace: row.namespace,
    type: row.type,
    backupId: row.backup_id,
    title: row.title,
    planId: row.plan_id ?? undefined,
    snapshots: row.snapshots,
    oldest: row.oldest === null ? undefined : row.oldest * 1000,
    newest: row.newest === null ? undefined : row.newest * 1000,
  })
}

function readSnapshot(row: SnapshotRow): Snapshot {
  const isIndexed = row.state === 'indexed'
  const changes = {
    added: row.added ?? 0,
    changed: row.changed ?? 0,
    removed: row.removed ?? 0,
    bytes: row.changed_bytes ?? 0,
  }
  return {
    ...fromJson(snapshotDetails, row.details, 'A snapshot'),
    id: snapshotModel.shape.id.parse(row.uuid),
    lineageId: lineageId.parse(row.lineage_uuid),
    files: row.files ?? undefined,
    changes: isIndexed ? changes : undefined,
    indexed: isIndexed,
  }
}
