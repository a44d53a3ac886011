import type { Database } from 'better-sqlite3'
import { HoldfastError } from '../../../src-shared/errors.ts'
import type { ChangeKind, Entry } from '../../../src-shared/model/entry.ts'
import type { SnapshotId } from '../../../src-shared/model/ids.ts'
import { addTotals, type ChangeTotals, noChanges, reverseTotals } from './change-totals.ts'
import { factColumns, toEntry } from './entry-row.ts'
import type { FolderChanges } from './folder-changes.ts'
import { createLocator } from './locate.ts'
import { changeBetween, directoryKind, type VersionRow } from './version-row.ts'

/** One changed child of a folder, or a folder with changes below it. */
export interface ComparedEntry {
  readonly path: string
  readonly name: string
  /** What happened to the entry itself; `identical` for a folder where only something below changed. */
  readonly kind: ChangeKind
  readonly before: Entry | undefined
  readonly after: Entry | undefined
  readonly isFolder: boolean
  /** Of everything below a folder; for a file its own change as one. Folders themselves are not counted. */
  readonly totals: ChangeTotals
}

export interface Comparison {
  readonly entries: readonly ComparedEntry[]
  /** Changed children of the folder, on all pages. */
  readonly total: number
  /** The folder's own sum. */
  readonly totals: ChangeTotals
}

export interface CompareOptions {
  readonly offset?: number | undefined
  /** At most 1000. */
  readonly limit: number
}

export interface Comparer {
  /**
   * What changed in a folder from one snapshot to another of the same lineage, in either direction of time; folders first, then by name.
   * Throws `snapshot/unknown`, `input/invalid` for snapshots of different lineages.
   */
  compare(from: SnapshotId, to: SnapshotId, path: string, options: CompareOptions): Comparison
}

const maxPage = 1000

interface Pair {
  before?: VersionRow | undefined
  after?: VersionRow | undefined
  below?: number
}

export function createComparer(
  db: Database,
  folderChanges: (lineage: number, older: number, newer: number) => FolderChanges,
): Comparer {
  const locate = createLocator(db)
  const around = db.prepare<[object], VersionRow>(
    `SELECT directory, name, first, last, ${factColumns} FROM version WHERE directory = :directory
     AND ((first <= :older AND last >= :older AND last < :newer) OR (first > :older AND first <= :newer AND last >= :newer))`,
  )
  const folders = db.prepare<[number], { id: number; name: number }>('SELECT id, name FROM directory WHERE parent = ?')
  const at = db.prepare<[object], VersionRow>(
    `SELECT directory, name, first, last, ${factColumns} FROM version
     WHERE directory = :directory AND name = :name AND first <= :time AND last >= :time`,
  )

  return {
    compare(from, to, path, { offset = 0, limit }) {
      const [a, b] = [locate.indexed(from), locate.indexed(to)]
      if (a.lineage !== b.lineage) {
        throw new HoldfastError('input/invalid', { detail: 'The snapshots are of different sources.' })
      }
      const directory = locate.directory(a.root, path)
      if (directory === undefined) throw new HoldfastError('path/not-found', { detail: path })
      const [older, newer] = [Math.min(a.time, b.time), Math.max(a.time, b.time)]
      const isBackward = a.time > b.time
      const sums = folderChanges(a.lineage, older, newer)
      const folder = locate.pathOf(directory)

      const pairs = new Map<number, Pair>()
      for (const row of around.all({ directory, older, newer })) {
        const pair = pairs.get(row.name) ?? {}
        if (row.first <= older) pair.before = row
        else pair.after = row
        pairs.set(row.name, pair)
      }
      for (const { id, name } of folders.all(directory)) {
        if (!sums.has(id)) continue
        const pair = pairs.get(name) ?? {}
        // A folder that is the same row in both is not among the changed ones.
        pair.before ??= at.get({ directory, name, time: older })
        pair.after ??= at.get({ directory, name, time: newer })
        pair.below = id
        pairs.set(name, pair)
      }

      const changed: ComparedEntry[] = []
      for (const [name, pair] of pairs) {
        const [before, after] = isBackward ? [pair.after, pair.before] : [pair.before, pair.after]
        const kind = changeBetween(before, after)
        const below = pair.below === undefined ? undefined : sums.get(pair.below)
        if (kind === 'identical' && below === undefined) continue
        const text = locate.nameText(name)
        const totals = addTotals(direct(kind, before, after), orient(below, isBackward))
        changed.push({
          path: folder === '' ? text : `${folder}/${text}`,
          name: text,
          kind,
          before: before && toEntry(folder, text, before),
          after: after && toEntry(folder, text, after),
          isFolder: (after ?? before)?.kind === directoryKind,
          totals,
        })
      }
      changed.sort((x, y) => Number(y.isFolder) - Number(x.isFolder) || (x.name < y.name ? -1 : 1))
      return {
        entries: changed.slice(Math.max(0, offset), Math.max(0, offset) + Math.min(Math.max(1, limit), maxPage)),
        total: changed.length,
        totals: orient(sums.get(directory), isBackward),
      }
    },
  }
}

/** A file's own change, as totals. A path that turns from file to folder is removed as one and added as the other. */
function direct(kind: ChangeKind, before: VersionRow | undefined, after: VersionRow | undefined): ChangeTotals {
  const was = before !== undefined && before.kind !== directoryKind ? before : undefined
  const is = after !== undefined && after.kind !== directoryKind ? after : undefined
  if (kind === 'identical' || (was === undefined && is === undefined)) return noChanges
  if (kind === 'metadata') return { ...noChanges, metadata: 1 }
  if (is === undefined) return { ...noChanges, removed: 1, removedBytes: was?.size ?? 0 }
  if (was === undefined) return { ...noChanges, added: 1, addedBytes: is.size }
  return { ...noChanges, changed: 1, changedBytes: is.size, changedFromBytes: was.size }
}

function orient(totals: ChangeTotals | undefined, isBackward: boolean): ChangeTotals {
  if (totals === undefined) return noChanges
  return isBackward ? reverseTotals(totals) : addTotals(totals, noChanges)
}
