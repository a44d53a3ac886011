import BetterSqlite, { type Database } from 'better-sqlite3'
import {
  type DatabaseCell,
  type DatabaseInside,
  shownCharacters,
  shownColumns,
  shownNameLength,
  shownRows,
  shownTables,
} from '../../../src-shared/model/file-inside.ts'
import { sqliteCode } from '../../catalog/database/sqlite-errors.ts'

/** Rows that are counted of one table, and of all together: a row more is a step more, whatever the file claims. */
const countedRows = 1_000_000
const countedRowsOfAll = 2_000_000

type ReadState = Extract<DatabaseInside, { state: 'read' }>
type Tables = ReadState['tables']

/**
 * Tables of a database nobody vouches for, and the first rows of `table` or of the first one that has any. Only stored columns of plain
 * tables are read: views, virtual tables and computed columns would run what the file says. Holds its thread up.
 */
export function readDatabase(path: string, table: string | undefined): DatabaseInside {
  let db: Database | undefined
  try {
    db = new BetterSqlite(path, { readonly: true, fileMustExist: true })
    db.pragma('trusted_schema = OFF')
    db.pragma('query_only = ON')
    db.pragma('cell_size_check = ON')
    db.pragma('mmap_size = 0')
    db.defaultSafeIntegers(true)
    const { tables, moreTables } = listTables(db)
    const plain = tables.filter(({ name, kind }) => kind === 'table' && (table === undefined || name === table))
    const chosen = plain.find(({ rows }) => rows !== undefined && rows.count > 0) ?? plain[0]
    const shown = chosen === undefined ? undefined : readRows(db, chosen.name)
    return { state: 'read', tables, moreTables, ...(shown === undefined ? {} : { shown }) }
  } catch (error) {
    const code = sqliteCode(error)
    if (code === undefined) throw error
    return { state: 'unreadable', reason: code.startsWith('SQLITE_NOTADB') ? 'foreign' : 'damaged' }
  } finally {
    db?.close()
  }
}

function listTables(db: Database): { tables: Tables; moreTables: boolean } {
  const found = db
    .prepare(
      `SELECT name, CASE WHEN type = 'view' THEN 'view' WHEN coalesce(rootpage, 0) = 0 THEN 'virtual' ELSE 'table' END
       FROM sqlite_schema
       WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
         AND length(name) <= ${shownNameLength} AND instr(name, char(0)) = 0
       ORDER BY type, name COLLATE NOCASE LIMIT ${shownTables + 1}`,
    )
    .raw()
    .all() as [name: string, kind: 'table' | 'view' | 'virtual'][] // two columns; names and kinds as selected
  let left = countedRowsOfAll
  const tables = found.slice(0, shownTables).map(([name, kind]) => {
    const rows = kind === 'table' && left > 0 ? countRows(db, name, Math.min(countedRows, left)) : undefined
    left -= rows?.count ?? 0
    return { name, kind, ...(rows === undefined ? {} : { rows }) }
  })
  return { tables, moreTables: found.length > shownTables }
}

/** Undefined where damage is in the way: other tables may be whole. */
function countRows(db: Database, name: string, limit: number): { count: number; more: boolean } | undefined {
  try {
    // Counting a table itself would take the word of its inner pages, which may go around in circles.
    const sql = `SELECT count(*) FROM (SELECT 1 FROM ${quoted(name)} LIMIT ${limit + 1})`
    const found = Number(db.prepare(sql).pluck().get())
    return { count: Math.min(found, limit), more: found > limit }
  } catch (error) {
    if (sqliteCode(error) === undefined) throw error
    return undefined
  }
}

function readRows(db: Database, name: string): ReadState['shown'] {
  const rows: DatabaseCell[][] = []
  let columns: string[] = []
  let moreColumns = false
  try {
    const all = db
      .prepare('SELECT name FROM pragma_table_xinfo(?) WHERE hidden = 0')
      .pluck()
      .all(name)
      .map((column) => String(column))
    columns = all.slice(0, shownColumns)
    moreColumns = all.length > shownColumns
    const wanted = columns.flatMap((column) => {
      const value = quoted(column)
      const cut = `CASE typeof(${value}) WHEN 'blob' THEN length(${value}) WHEN 'text' THEN substr(${value}, 1, ${shownCharacters + 1}) ELSE ${value} END`
      return [`typeof(${value})`, cut]
    })
    if (wanted.length > 0) {
      const select = db.prepare(`SELECT ${wanted.join(', ')} FROM ${quoted(name)} LIMIT ${shownRows}`).raw()
      for (const row of select.iterate()) rows.push(cellsOf(row as unknown[])) // `raw` makes every row an array
    }
    return { name, columns: columns.map(cutName), moreColumns, rows, damaged: false }
  } catch (error) {
    if (sqliteCode(error) === undefined) throw error
    return { name, columns: columns.map(cutName), moreColumns, rows, damaged: true }
  }
}

/** Type and value by turns. */
function cellsOf(row: readonly unknown[]): DatabaseCell[] {
  const cells: DatabaseCell[] = []
  for (let at = 0; at < row.length; at += 2) {
    const [type, value] = [row[at], row[at + 1]]
    if (type === 'null') cells.push({ kind: 'null' })
    else if (type === 'blob') cells.push({ kind: 'blob', sizeBytes: Number(value) })
    else {
      const text = String(value)
      const isCut = text.length > shownCharacters
      const kind = type === 'text' ? 'text' : 'number'
      cells.push({ kind, text: isCut ? text.slice(0, shownCharacters).toWellFormed() : text, cut: isCut })
    }
  }
  return cells
}

function cutName(name: string): string {
  return name.slice(0, shownCharacters)
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
