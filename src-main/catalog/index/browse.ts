import type { Database } from 'better-sqlite3'
import { HoldfastError } from '../../../src-shared/errors.ts'
import type { Entry, EntryVersion } from '../../../src-shared/model/entry.ts'
import type { LineageId, SnapshotId } from '../../../src-shared/model/ids.ts'
import { bytesToPathText } from '../../../src-shared/model/path-text.ts'
import { factColumns, toEntry } from './entry-row.ts'
import type { FolderChanges } from './folder-changes.ts'
import { createListingOrder, isSeen, type ListingSort } from './listing-order.ts'
import { createLocator, type SnapshotAt, type SnapshotPlace } from './locate.ts'
import { changeBetween, directoryKind, sameFacts, type VersionRow } from './version-row.ts'

export interface ListOptions extends ListingSort {
  /** Also entries that earlier snapshots had and this one has not. */
  readonly ghosts?: boolean | undefined
  readonly foldersOnly?: boolean | undefined
  readonly offset?: number | undefined
  /** At most 1000. */
  readonly limit: number
}

export interface Listing {
  readonly entries: readonly Entry[]
  /** On all pages, ghosts included when asked for. */
  readonly total: number
  /** Ghosts of the folder, asked for or not. */
  readonly deleted: number
}

export interface Browser {
  /** Children of a folder; the empty path lists the archives. Throws `snapshot/unknown`, `path/not-found`, `path/not-a-folder`. */
  list(snapshot: SnapshotId, path: string, options: ListOptions): Listing
  /** Throws `snapshot/unknown`, `path/not-found`. */
  stat(snapshot: SnapshotId, path: string): Entry
  /** Every version of a path, oldest first, at most 1000 of the newest. Empty for a path that never was. Throws `snapshot/unknown`. */
  versions(lineage: LineageId, path: string): readonly EntryVersion[]
}

interface EntryPlace {
  readonly directory: number
  readonly name: number
}

const maxPage = 1000
const maxVersions = 1000

export function createBrowser(
  db: Database,
  folderChanges: (lineage: number, older: number, newer: number) => FolderChanges,
): Browser {
  const locate = createLocator(db)
  const order = createListingOrder(db)
  const at = db.prepare<[object], VersionRow>(
    `SELECT directory, name, first, last, ${factColumns} FROM version
     WHERE directory = :directory AND name = :name AND first <= :time AND ${isSeen} ORDER BY first DESC LIMIT 1`,
  )
  // One question for all of a page: asking for each costs ten times what finding it does.
  const allAt = db.prepare<[object], VersionRow & { bytes: Buffer }>(
    `SELECT directory, version.name, first, last, ${factColumns}, bytes
     FROM json_each(:names) AS wanted CROSS JOIN version CROSS JOIN name ON name.id = version.name
     WHERE directory = :directory AND version.name = wanted.value AND first = (
       SELECT first FROM version WHERE directory = :directory AND name = wanted.value AND first <= :time AND ${isSeen}
       ORDER BY first DESC LIMIT 1)`,
  )
  const all = db.prepare<[number, number], VersionRow>(
    `SELECT directory, name, first, last, ${factColumns} FROM version WHERE directory = ? AND name = ? ORDER BY first`,
  )
  const count = db
    .prepare<[number, number, number], number>(
      "SELECT count(*) FROM snapshot WHERE lineage = ? AND time BETWEEN ? AND ? AND state = 'indexed'",
    )
    .pluck()

  /** The version the lineage has at an indexed time, or had last. */
  const versionAt = (lineage: number, entry: EntryPlace, time: number) => at.get({ ...entry, lineage, time })

  /** The same for many names of a folder. Those that were not there yet are left out. */
  const versionsAt = (lineage: number, directory: number, names: readonly number[], time: number) => {
    const rows = names.length === 0 ? [] : allAt.all({ lineage, directory, names: JSON.stringify(names), time })
    return new Map(rows.map((row) => [row.name, row]))
  }

  /** Entries of a folder, in the order of the names. */
  const describe = (place: SnapshotPlace, directory: number, names: readonly number[]): Entry[] => {
    const { lineage, time, before } = place
    const folder = locate.pathOf(directory)
    const found = versionsAt(lineage, directory, names, time)
    const rows = names.map((name) => found.get(name)).filter((row) => row !== undefined)
    const changed = rows.filter((row) => before !== undefined && row.first > before).map(({ name }) => name)
    const earlier = versionsAt(lineage, directory, changed, before ?? time)
    const lastSeen = new Map<number, SnapshotAt | undefined>()

    return rows.map((row) => {
      const entry = toEntry(folder, bytesToPathText(row.bytes), row)
      if (row.last < time) {
        if (!lastSeen.has(row.last)) lastSeen.set(row.last, locate.atOrBefore(lineage, row.last))
        const last = lastSeen.get(row.last)
        return last === undefined ? entry : { ...entry, deletedAfter: { snapshotId: last.id, at: last.time * 1000 } }
      }
      if (before === undefined) return entry
      const known = row.first <= before ? row : earlier.get(row.name)
      const old = known !== undefined && known.last >= before ? known : undefined
      const kind = changeBetween(old, row)
      const bytes = row.size - (old?.size ?? 0)
      if (row.kind !== directoryKind) return { ...entry, change: { kind, bytes } }
      const below = locate.child(directory, row.name)
      const sums = below === undefined ? undefined : folderChanges(lineage, before, time).get(below)
      const inside = sums === undefined || sums.all === 0 ? kind : kind === 'added' ? kind : 'changed'
      return { ...entry, change: { kind: inside, bytes: (sums?.addedBytes ?? 0) + (sums?.changedBytes ?? 0) } }
    })
  }

  const folderAt = (place: SnapshotPlace, path: string, ghosts: boolean): number => {
    const entry = locate.entry(place.root, path)
    if (entry === undefined) {
      if (path === '') return place.root
      throw new HoldfastError('path/not-found', { detail: path })
    }
    const row = versionAt(place.lineage, entry, place.time)
    if (row === undefined || (row.last < place.time && !ghosts))
      throw new HoldfastError('path/not-found', { detail: path })
    const directory = row.kind === directoryKind ? locate.child(entry.directory, entry.name) : undefined
    if (directory === undefined) throw new HoldfastError('path/not-a-folder', { detail: path })
    return directory
  }

  return {
    list(snapshot, path, options) {
      const place = locate.indexed(snapshot)
      const { ghosts = false, foldersOnly = false } = options
      const directory = folderAt(place, path, ghosts)
      const offset = Math.max(0, options.offset ?? 0)
      const limit = Math.min(Math.max(1, options.limit), maxPage)
      const at = { lineage: place.lineage, directory, time: place.time }
      const { names, total, deleted } = order(at, { ...options, ghosts, foldersOnly, offset, limit })
      return { entries: describe(place, directory, [...names]), total, deleted }
    },
    stat(snapshot, path) {
      const place = locate.indexed(snapshot)
      const entry = locate.entry(place.root, path)
      const row = entry === undefined ? undefined : versionAt(place.lineage, entry, place.time)
      const isThere = row !== undefined && row.last >= place.time
      const described = isThere ? describe(place, row.directory, [row.name])[0] : undefined
      if (described === undefined) throw new HoldfastError('path/not-found', { detail: path })
      return described
    },
    versions(id, path) {
      const { lineage, root } = locate.lineage(id)
      const place = locate.entry(root, path)
      if (place === undefined) return []
      const folder = locate.pathOf(place.directory)
      const found: EntryVersion[] = []
      let previous: VersionRow | undefined
      for (const row of all.all(place.directory, place.name)) {
        const first = locate.atOrAfter(lineage, row.first)
        const last = locate.atOrBefore(lineage, row.last)
        if (first === undefined || last === undefined || first.time > last.time) continue // being indexed right now
        const before = found.at(-1)
        const follows = before !== undefined && locate.atOrBefore(lineage, first.time - 1)?.id === before.lastSnapshotId
        const joins = follows && previous !== undefined && sameFacts(previous, row)
        // Forgetting a snapshot may leave two equal versions side by side: they are one.
        if (joins) found.pop()
        else if (follows) found.splice(-1, 1, { ...before, deletedAfter: false })
        const start = joins ? before : { firstSnapshotId: first.id, firstAt: first.time * 1000 }
        found.push({
          entry: toEntry(folder, locate.nameText(row.name), row),
          firstSnapshotId: start.firstSnapshotId,
          firstAt: start.firstAt,
          lastSnapshotId: last.id,
          lastAt: last.time * 1000,
          snapshots: count.get(lineage, start.firstAt / 1000, last.time) ?? 0,
          deletedAfter: locate.atOrAfter(lineage, last.time + 1) !== undefined,
        })
        previous = row
      }
      return found.slice(-maxVersions)
    },
  }
}
