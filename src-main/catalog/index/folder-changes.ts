import type { Database } from 'better-sqlite3'
import { addTotals, type ChangeTotals, changesByDirectory, noChanges } from './change-totals.ts'

/** Per folder, what changed in it and everywhere below it. Folders without changes are not there. */
export type FolderChanges = ReadonlyMap<number, ChangeTotals & { readonly all: number }>

/** How many pairs of snapshots are kept: the one that is looked at and its neighbours. */
const kept = 8

/**
 * The changes between two snapshots summed up the tree. Two indexed snapshots never change, but a snapshot between them may have left slack that
 * is later filled; sums are kept until something was written to the index.
 */
export function createFolderChanges(db: Database): (lineage: number, older: number, newer: number) => FolderChanges {
  const parentOf = db.prepare<[number], number>('SELECT parent FROM directory WHERE id = ?').pluck()
  const version = db.prepare<[], number>('PRAGMA data_version').pluck()
  const cache = new Map<string, FolderChanges>()
  let cachedFor: string | undefined

  return (lineage, older, newer) => {
    // data_version sees other connections, total_changes our own.
    const now = `${version.get()} ${db.prepare('SELECT total_changes()').pluck().get()}`
    if (now !== cachedFor) cache.clear()
    cachedFor = now
    const key = `${lineage} ${older} ${newer}`
    const cached = cache.get(key)
    if (cached !== undefined) return cached
    const sums = new Map<number, ChangeTotals & { all: number }>()
    for (const direct of changesByDirectory(db, lineage, older, newer)) {
      if (direct.all === 0) continue
      let directory: number | undefined = direct.directory
      while (directory !== undefined && directory !== 0) {
        const before = sums.get(directory) ?? { ...noChanges, all: 0 }
        sums.set(directory, { ...addTotals(before, direct), all: before.all + direct.all })
        directory = parentOf.get(directory)
      }
    }
    const oldest = cache.keys().next().value
    if (cache.size >= kept && oldest !== undefined) cache.delete(oldest)
    cache.set(key, sums)
    return sums
  }
}
