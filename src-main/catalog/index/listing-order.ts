import type { Database } from 'better-sqlite3'
import { folderRank, otherRank } from './large-folders.ts'
import { openEnd } from './schema.ts'
import { directoryKind } from './version-row.ts'

export interface ListingSort {
  readonly sort: 'name' | 'size' | 'modified'
  readonly descending?: boolean | undefined
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
  /** Its names stand in `sorted_name`. */
  readonly isLarge: boolean
}

const kept = 6
/** Pages up to here are walked to; beyond, sorting once is quicker than walking every time. */
const maxWalk = 5000

/**
 * The names of a folder in the order they are shown, folders first. By name, the first pages of a large folder are read off the order that
 * was written when it was indexed. By anything else its first page is picked out and not sorted, which takes a third of the time. For
 * any other page the whole order is computed once, as numbers (400 KB for a folder of 100,000), and then each page is a slice; it
 * is kept until something was written to the index.
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
    const size = db.prepare<[object], number>(folderSizeSql).pluck().get(at)
    const live = size ?? db.prepare<[object], number>(countSql).pluck().get(at) ?? 0
    const ghosts = db.prepare<[object], number>(ghostCountSql).pluck().get(at) ?? 0
    return keep(counts, key, { live, ghosts, isLarge: size !== undefined })
  }
  const read = (sql: string, parameters: object): Int32Array =>
    Int32Array.from(db.prepare<[object], number>(sql).pluck().all(parameters))

  /** The first names of a large folder. */
  const walk = (at: FolderMoment, page: ListingPage, most: number): Int32Array => {
    const names: number[] = []
    const statement = db.prepare<[object], number>(walkSql(page)).pluck()
    for (const rank of page.foldersOnly ? [folderRank] : [folderRank, otherRank]) {
      if (names.length < most) names.push(...statement.all({ ...at, rank, limit: most - names.length }))
    }
    return Int32Array.from(names)
  }

  return (at, page) => {
    const now = `${version.get()} ${ownChanges.get()}`
    if (now !== keptFor) {
      orders.clear()
      counts.clear()
    }
    keptFor = now
    const { live, ghosts, isLarge } = countsOf(at)
    const shown = { ...page, ghosts: page.ghosts && ghosts > 0 }
    const sql = orderSql(shown)
    const key = `${at.directory} ${at.time} ${sql}`
    const { offset, limit } = page
    const all = page.foldersOnly ? undefined : live + (page.ghosts ? ghosts : 0)
    const known = orders.get(key)
    if (known === undefined && all !== undefined && offset + limit < all) {
      const total = { total: all, deleted: ghosts }
      if (isLarge && page.sort === 'name' && offset + limit <= maxWalk)
        return { names: walk(at, shown, offset + limit).subarray(offset), ...total }
      if (offset === 0) return { names: read(`${sql} LIMIT :limit`, { ...at, limit }), ...total }
    }
    // Folders stand together at the front.
    const isWalked = isLarge && page.sort === 'name' && page.foldersOnly
    const order = known ?? keep(orders, key, isWalked ? walk(at, shown, live + ghosts) : read(sql, at))
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

const folderSizeSql =
  'SELECT entries FROM folder_size WHERE lineage = :lineage AND time = :time AND directory = :directory'
const countSql = `SELECT count(*) FROM version WHERE directory = :directory AND first <= :time AND last >= :time`

const columns = 'name, kind, size, mtime_ms, mtime_rest_ns'
const liveSql = `SELECT ${columns} FROM version
  WHERE directory = :directory AND first <= :time AND last >= :time`
const isGone = `NOT EXISTS (SELECT 1 FROM version AS now WHERE now.directory = :directory AND now.name = version.name
  AND now.first <= :time AND now.last >= :time)`
/** The newest version that a snapshot had of each name that is not there now. */
const ghostSql = `SELECT ${columns} FROM (SELECT ${columns}, max(first) FROM version
  WHERE directory = :directory AND first <= :time AND last < :time AND ${isSeen} AND ${isGone} GROUP BY name)`
/** Looks only at what has ended: in most folders nothing, or little. */
const ghostCountSql = `SELECT count(DISTINCT name) FROM version INDEXED BY version_ended
  WHERE directory = :directory AND last < :time AND last < ${openEnd} AND first <= :time AND ${isSeen} AND ${isGone}`

/** Names of `:rank`, each with a look at whether it was a folder, or not one, when the version that counts was there. */
function walkSql({ descending = false, ghosts }: ListingPage): string {
  const direction = descending ? 'DESC' : 'ASC'
  const counts = ghosts ? isSeen : 'last >= :time'
  return `SELECT name FROM sorted_name WHERE directory = :directory AND rank = :rank AND :rank = (
      SELECT CASE kind WHEN ${directoryKind} THEN ${folderRank} ELSE ${otherRank} END FROM version
      WHERE version.directory = :directory AND version.name = sorted_name.name AND first <= :time AND ${counts}
      ORDER BY first DESC LIMIT 1)
    ORDER BY folded ${direction}, name ${direction} LIMIT :limit`
}

function orderSql({ sort, descending = false, ghosts, foldersOnly }: ListingPage): string {
  const direction = descending ? 'DESC' : 'ASC'
  const column = {
    name: '',
    size: `size ${direction}, `,
    modified: `mtime_ms ${direction}, mtime_rest_ns ${direction}, `,
  }[sort]
  // Equal folded names go by their number, which costs the sorter less than their bytes and is as stable.
  const byName = sort === 'name' ? `folded ${direction}, name.id ${direction}` : 'folded, name.id'
  const rows = ghosts ? `${liveSql} UNION ALL ${ghostSql}` : liveSql
  const only = foldersOnly ? `WHERE kind = ${directoryKind}` : ''
  // CROSS JOIN says which comes first: names are looked up for the rows, never the other way round.
  return `SELECT found.name FROM (${rows}) AS found CROSS JOIN name ON name.id = found.name ${only}
    ORDER BY (kind = ${directoryKind}) DESC, ${column}${byName}`
}
