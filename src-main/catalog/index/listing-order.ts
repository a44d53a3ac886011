import type { Database } from 'better-sqlite3'
import { directoryKind } from './version-row.ts'

export interface ListingSort {
  readonly sort: 'name' | 'size' | 'modified'
  readonly descending?: boolean | undefined
  /** True when absent. */
  readonly foldersFirst?: boolean | undefined
}

/** A folder at the time of an indexed snapshot of its lineage. */
export interface FolderMoment {
  readonly lineage: number
  readonly directory: number
  readonly time: number
}

export interface ListingPage extends ListingSort {
  /** Also entries that earlier snapshots had and this one has not. */
  readonly ghosts: boolean
  readonly foldersOnly: boolean
  readonly offset: number
  readonly limit: number
}

export interface OrderedNames {
  readonly names: Int32Array
  /** Of all pages. */
  readonly total: number
  /** Entries that only earlier snapshots had, asked for or not. */
  readonly deleted: number
}

interface FolderCounts {
  readonly live: number
  readonly ghosts: number
}

const kept = 6

/**
 * The names of a folder in the order they are shown. The first page of a large folder is picked out and not sorted, which takes
 * a third of the time. For any other the whole order is computed once, as numbers (400 KB for a folder of 100,000), and then each
 * page is a slice; it is kept until something was written to the index.
 */
export function createListingOrder(db: Database): (at: FolderMoment, page: ListingPage) => OrderedNames {
  const version = db.prepare<[], number>('PRAGMA data_version').pluck()
  const ownChanges = db.prepare<[], number>('SELECT total_changes()').pluck()
  const orders = new Map<string, Int32Array>()
  const counts = new Map<string, FolderCounts>()
  let keptFor: string | undefined

  const countsOf = (at: FolderMoment): FolderCounts => {
    const key = `${at.directory} ${at.time}`
    const known = counts.get(key)
    if (known !== undefined) return known
    const { live, ended } = db.prepare<[object], { live: number; ended: number }>(countSql).get({ ...at }) ?? nothing
    // Most folders never lost anything: then there is nothing to look for.
    const ghosts =
      ended === 0
        ? 0
        : db
            .prepare<[object], number>(ghostCountSql)
            .pluck()
            .get({ ...at })
    return keep(counts, key, { live, ghosts: ghosts ?? 0 })
  }
  const read = (sql: string, parameters: object): Int32Array =>
    Int32Array.from(db.prepare<[object], number>(sql).pluck().all(parameters))

  return (at, page) => {
    const now = `${version.get()} ${ownChanges.get()}`
    if (now !== keptFor) {
      orders.clear()
      counts.clear()
    }
    keptFor = now
    const { live, ghosts } = countsOf(at)
    const sql = orderSql({ ...page, ghosts: page.ghosts && ghosts > 0 })
    const key = `${at.directory} ${at.time} ${sql}`
    const { offset, limit } = page
    const all = page.foldersOnly ? undefined : live + (page.ghosts ? ghosts : 0)
    const known = orders.get(key)
    if (known === undefined && all !== undefined && offset === 0 && limit < all)
      return { names: read(`${sql} LIMIT :limit`, { ...at, limit }), total: all, deleted: ghosts }
    const order = known ?? keep(orders, key, read(sql, { ...at }))
    return { names: order.subarray(offset, offset + limit), total: order.length, deleted: ghosts }
  }
}

function keep<Value>(cache: Map<string, Value>, key: string, value: Value): Value {
  const oldest = cache.keys().next().value
  if (cache.size >= kept && oldest !== undefined) cache.delete(oldest)
  cache.set(key, value)
  return value
}

/**
 * A version that some indexed snapshot has. Between its neighbours a snapshot that is just being indexed has rows of its own, which must
 * not hide what was there before. Parameters: `lineage`, and the indexed `time` that is looked at.
 */
export const isSeen = `(last >= :time OR EXISTS (SELECT 1 FROM snapshot WHERE lineage = :lineage AND state = 'indexed'
  AND snapshot.time BETWEEN version.first AND version.last))`

const nothing = { live: 0, ended: 0 }
const countSql = `SELECT count(*) FILTER (WHERE last >= :time) AS live, count(*) FILTER (WHERE last < :time) AS ended
  FROM version WHERE directory = :directory AND first <= :time`

const columns = 'name, kind, size, mtime_ms, mtime_rest_ns'
const liveSql = `SELECT ${columns} FROM version
  WHERE directory = :directory AND first <= :time AND last >= :time`
/** The newest version that a snapshot had of each name that is not there now. */
const ghostSql = `SELECT ${columns} FROM (SELECT ${columns}, max(first) FROM version
  WHERE directory = :directory AND first <= :time AND last < :time AND ${isSeen}
    AND NOT EXISTS (SELECT 1 FROM version AS now WHERE now.directory = :directory AND now.name = version.name
      AND now.first <= :time AND now.last >= :time)
  GROUP BY name)`
const ghostCountSql = `SELECT count(*) FROM (${ghostSql})`

function orderSql({ sort, descending = false, foldersFirst = true, ghosts, foldersOnly }: ListingPage): string {
  const direction = descending ? 'DESC' : 'ASC'
  const folders = foldersFirst ? `(kind = ${directoryKind}) DESC, ` : ''
  const column = {
    name: '',
    size: `size ${direction}, `,
    modified: `mtime_ms ${direction}, mtime_rest_ns ${direction}, `,
  }[sort]
  // Equal folded names go by their number, which costs the sorter less than their bytes and is as stable.
  const byName = sort === 'name' ? `folded ${direction}, name.id` : 'folded, name.id'
  const rows = ghosts ? `${liveSql} UNION ALL ${ghostSql}` : liveSql
  const only = foldersOnly ? `WHERE kind = ${directoryKind}` : ''
  // CROSS JOIN says which comes first: names are looked up for the rows, never the other way round.
  return `SELECT found.name FROM (${rows}) AS found CROSS JOIN name ON name.id = found.name ${only}
    ORDER BY ${folders}${column}${byName}`
}
