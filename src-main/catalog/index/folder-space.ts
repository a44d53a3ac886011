import type { Database } from 'better-sqlite3'
import { HoldfastError } from '../../../src-shared/errors.ts'
import type { SnapshotId } from '../../../src-shared/model/ids.ts'
import { isSeen } from './listing-order.ts'
import { createLocator, joinPath } from './locate.ts'
import { directoryKind, kindNumber } from './version-row.ts'

/** Contents as they were read, before deduplication and compression. */
export interface SpaceSums {
  /** Files of this snapshot. */
  readonly files: number
  readonly bytes: number
  /** Every content that any snapshot of the lineage has, each once, also of what was deleted since. */
  readonly keptBytes: number
}

export interface SpaceChild extends SpaceSums {
  readonly path: string
  readonly name: string
  readonly isFolder: boolean
}

export interface FolderSpace {
  readonly all: SpaceSums
  /** The largest first. */
  readonly children: readonly SpaceChild[]
  /** The sums of those that are not among `children`. */
  readonly others: SpaceSums & { readonly count: number }
}

export interface FolderSpaceOptions {
  readonly by: 'bytes' | 'keptBytes'
  /** At most 200. */
  readonly limit: number
}

export interface SpaceQueries {
  /**
   * What the children of a folder hold with everything below them. Reads every version below the folder, some seconds for ten million:
   * ask it in a thread that nobody waits for. Throws `snapshot/unknown`, `path/not-found`.
   */
  folderSpace(snapshot: SnapshotId, path: string, options: FolderSpaceOptions): FolderSpace
}

const maxChildren = 200

/** name of the child, folder and name of the file, first, last, size, mtime: as an array, which is the fastest a row comes. */
type Row = [top: number, directory: number, name: number, first: number, last: number, ...content: Content]
type Content = [size: number, mtimeMs: number, mtimeRestNs: number]

interface Sums {
  files: number
  bytes: number
  keptBytes: number
}

export function createSpaceQueries(db: Database): SpaceQueries {
  const locate = createLocator(db)
  const newest = db
    .prepare<[number], number>("SELECT max(time) FROM snapshot WHERE lineage = ? AND state = 'indexed'")
    .pluck()
  const columns = 'version.directory, version.name, first, last, size, mtime_ms, mtime_rest_ns'
  const condition = `kind = ${kindNumber('file')} AND first <= :time AND ${isSeen}`
  // Rows of one path come together, oldest first: the primary key's own order, so nothing is sorted.
  const direct = db
    .prepare<[object], Row>(
      `SELECT version.name, ${columns} FROM version WHERE directory = :directory AND ${condition} ORDER BY version.name, first`,
    )
    .raw()
  const below = db
    .prepare<[object], Row>(
      `WITH RECURSIVE inside (top, directory) AS (
         SELECT name, id FROM directory WHERE parent = :directory
         UNION ALL SELECT top, directory.id FROM inside CROSS JOIN directory ON directory.parent = inside.directory
       )
       SELECT top, ${columns} FROM inside CROSS JOIN version ON version.directory = inside.directory WHERE ${condition}`,
    )
    .raw()
  const folders = db
    .prepare<[number, number], number>(
      `SELECT DISTINCT name FROM version WHERE directory = ? AND kind = ${directoryKind} AND first <= ?`,
    )
    .pluck()

  return {
    folderSpace(snapshot, path, { by, limit }) {
      const place = locate.indexed(snapshot)
      const directory = path === '' ? place.root : locate.directory(place.root, path)
      if (directory === undefined) throw new HoldfastError('path/not-found', { detail: path })
      const time = newest.get(place.lineage) ?? place.time
      const asked = { lineage: place.lineage, directory, time }
      const sums = new Map<number, Sums>()
      for (const statement of [direct, below]) addUp(sums, statement.iterate(asked), place.time)
      const isFolder = new Set(folders.all(directory, time))
      const ordered = [...sums].filter(([, { keptBytes }]) => keptBytes > 0).sort((a, b) => b[1][by] - a[1][by])
      const shown = ordered.slice(0, Math.min(Math.max(1, limit), maxChildren))
      const rest = ordered.slice(shown.length).map(([, each]) => each)
      const folder = locate.pathOf(directory)
      return {
        all: total(sums.values()),
        children: shown.map(([name, each]) => {
          const text = locate.nameText(name)
          return { path: joinPath(folder, text), name: text, isFolder: isFolder.has(name), ...each }
        }),
        others: { count: rest.length, ...total(rest) },
      }
    },
  }
}

/** A file that was only given other rights is one content, and counts once. */
function addUp(sums: Map<number, Sums>, rows: Iterable<Row>, now: number): void {
  let before: Row | undefined
  for (const row of rows) {
    const [top, directory, name, first, last, size, ...times] = row
    let sum = sums.get(top)
    if (sum === undefined) {
      sum = { files: 0, bytes: 0, keptBytes: 0 }
      sums.set(top, sum)
    }
    if (first <= now && last >= now) {
      sum.files += 1
      sum.bytes += size
    }
    const isSame =
      before !== undefined &&
      before[1] === directory &&
      before[2] === name &&
      before[5] === size &&
      before[6] === times[0] &&
      before[7] === times[1]
    if (!isSame) sum.keptBytes += size
    before = row
  }
}

function total(all: Iterable<SpaceSums>): SpaceSums {
  const sum = { files: 0, bytes: 0, keptBytes: 0 }
  for (const { files, bytes, keptBytes } of all) {
    sum.files += files
    sum.bytes += bytes
    sum.keptBytes += keptBytes
  }
  return sum
}
