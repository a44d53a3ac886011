import type { Database } from 'better-sqlite3'
import { directoryKind } from './version-row.ts'

export interface ListingSort {
  readonly sort: 'name' | 'size' | 'modified'
  readonly descending?: boolean | undefined
  /** True when absent. */
  readonly foldersFirst?: boolean | undefined
}

type OrderOf = (
  lineage: number,
  directory: number,
  time: number,
  options: ListingSort & { ghosts: boolean },
) => Int32Array

const kept = 6

/**
 * The names of a folder in the order they are shown. The whole order is computed once, as numbers (400 KB for a folder of 100,000), and
 * then any page of it is a slice; it is kept until something was written to the index.
 */
export function createListingOrder(db: Database): OrderOf {
  const version = db.prepare<[], number>('PRAGMA data_version').pluck()
  const ownChanges = db.prepare<[], number>('SELECT total_changes()').pluck()
  const cache = new Map<string, Int32Array>()
  let cachedFor: string | undefined

  return (lineage, directory, time, options) => {
    const now = `${version.get()} ${ownChanges.get()}`
    if (now !== cachedFor) cache.clear()
    cachedFor = now
    const sql = statementText(options)
    const key = `${directory} ${time} ${sql}`
    const cached = cache.get(key)
    if (cached !== undefined) return cached
    const names = Int32Array.from(db.prepare<[object], number>(sql).pluck().all({ lineage, directory, time }))
    const oldest = cache.keys().next().value
    if (cache.size >= kept && oldest !== undefined) cache.delete(oldest)
    cache.set(key, names)
    return names
  }
}

/**
 * A version that some indexed snapshot has. Between its neighbours a snapshot that is just being indexed has rows of its own, which must
 * not hide what was there before. Parameters: `lineage`, and the indexed `time` that is looked at.
 */
export const isSeen = `(last >= :time OR EXISTS (SELECT 1 FROM snapshot WHERE lineage = :lineage AND state = 'indexed'
  AND snapshot.time BETWEEN version.first AND version.last))`

function statementText({
  sort,
  descending = false,
  foldersFirst = true,
  ghosts,
}: ListingSort & { ghosts: boolean }): string {
  const direction = descending ? 'DESC' : 'ASC'
  const folders = foldersFirst ? `(kind = ${directoryKind}) DESC, ` : ''
  const column = {
    name: '',
    size: `size ${direction}, `,
    modified: `mtime_ms ${direction}, mtime_rest_ns ${direction}, `,
  }[sort]
  // Equal folded names go by their number, which costs the sorter less than their bytes and is as stable.
  const byName = sort === 'name' ? `folded ${direction}, name.id` : 'folded, name.id'
  const rows = ghosts
    ? `SELECT name, max(first) AS first, last, kind, size, mtime_ms, mtime_rest_ns FROM version
       WHERE directory = :directory AND first <= :time AND ${isSeen} GROUP BY name`
    : `SELECT name, kind, size, mtime_ms, mtime_rest_ns FROM version
       WHERE directory = :directory AND first <= :time AND last >= :time AND :lineage IS NOT NULL`
  return `SELECT found.name FROM (${rows}) AS found JOIN name ON name.id = found.name ORDER BY ${folders}${column}${byName}`
}
