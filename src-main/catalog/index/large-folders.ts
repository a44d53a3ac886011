import type { Database } from 'better-sqlite3'
import { directoryKind } from './version-row.ts'
import { writeInSlices } from './write-slices.ts'

/**
 * From so many children on the order of a folder's names is kept, unless a test says otherwise. Sorting fewer takes some 3 ms. The
 * migration that made the tables has the same number.
 */
const defaultLargeFolder = 10_000
/** Names held in memory at a time. */
const batchSize = 20_000

/** What is written of the large folders of a snapshot while it is indexed; see the migration for the tables. */
export interface LargeFolders {
  /** To be told of every folder that the snapshot has. */
  see(directory: number, entries: number): void
  /** Once all versions are written, and before the snapshot is said to be indexed. Harmless when that never happens. */
  writeNames(signal: AbortSignal): Promise<void>
  /** In the transaction that says so. */
  writeSizes(): void
}

export interface LargeFoldersOptions {
  readonly lineage: number
  readonly time: number
  /** Of the indexed snapshot before it. */
  readonly before: number | undefined
  readonly largeFolder?: number | undefined
}

interface NameRow {
  readonly name: number
  readonly folded: string
  readonly asFolder: 0 | 1
  readonly asOther: 0 | 1
}

/**
 * A folder that was large once is kept up to date at every snapshot that has it, however small it is by then: only so is it enough
 * to add the names that are new with a snapshot. Names are never taken out; readers look whether a version stands behind each.
 */
export function createLargeFolders(
  db: Database,
  { lineage, time, before = -1, largeFolder = defaultLargeFolder }: LargeFoldersOptions,
): LargeFolders {
  const known = new Set(
    db.prepare<[number], number>('SELECT DISTINCT directory FROM folder_size WHERE lineage = ?').pluck().all(lineage),
  )
  const sizes = new Map<number, number>()
  const find = db.prepare<[object], NameRow>(
    `SELECT name.id AS name, folded, max(kind = ${directoryKind}) AS asFolder, max(kind <> ${directoryKind}) AS asOther
     FROM version CROSS JOIN name ON name.id = version.name
     WHERE directory = :directory AND version.name > :after AND first > :since
     GROUP BY version.name ORDER BY version.name LIMIT ${batchSize}`,
  )
  const insert = db.prepare('INSERT OR IGNORE INTO sorted_name (directory, rank, folded, name) VALUES (?, ?, ?, ?)')

  const writeFolder = async (directory: number, signal: AbortSignal): Promise<void> => {
    const since = known.has(directory) ? before : -1
    const write = ({ name, folded, asFolder, asOther }: NameRow) => {
      if (asFolder) insert.run(directory, folderRank, folded, name)
      if (asOther) insert.run(directory, otherRank, folded, name)
    }
    let after = -1
    let found: readonly NameRow[]
    do {
      found = find.all({ directory, after, since })
      await writeInSlices(db, found, write, signal)
      after = found.at(-1)?.name ?? after
    } while (found.length === batchSize)
  }

  return {
    see(directory, entries) {
      if (entries >= largeFolder || known.has(directory)) sizes.set(directory, entries)
    },
    async writeNames(signal) {
      for (const directory of sizes.keys()) await writeFolder(directory, signal)
    },
    writeSizes() {
      dropFolderSizes(db, lineage, time)
      const put = db.prepare('INSERT INTO folder_size (lineage, time, directory, entries) VALUES (?, ?, ?, ?)')
      for (const [directory, entries] of sizes) put.run(lineage, time, directory, entries)
    },
  }
}

/** Ranks of `sorted_name`: a name that was a folder at one time and a file at another has both. */
export const folderRank = 0
export const otherRank = 1

/** For a snapshot with the same trees as that of `from`. In the transaction that says that it is indexed. */
export function repeatFolderSizes(db: Database, lineage: number, from: number, time: number): void {
  dropFolderSizes(db, lineage, time)
  db.prepare(
    `INSERT INTO folder_size (lineage, time, directory, entries)
     SELECT lineage, ?, directory, entries FROM folder_size WHERE lineage = ? AND time = ?`,
  ).run(time, lineage, from)
}

/** For a snapshot that is not indexed any more. */
export function dropFolderSizes(db: Database, lineage: number, time: number): void {
  db.prepare('DELETE FROM folder_size WHERE lineage = ? AND time = ?').run(lineage, time)
}
