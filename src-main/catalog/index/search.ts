import type { Database } from 'better-sqlite3'
import { type EntryKind, entryKind, type SearchHit } from '../../../src-shared/model/entry.ts'
import { foldText, oneSpelling } from '../../../src-shared/model/fold-text.ts'
import { type LineageId, lineageId } from '../../../src-shared/model/ids.ts'
import { pathTextToBytes } from '../../../src-shared/model/path-text.ts'
import { factColumns, toEntry } from './entry-row.ts'
import { createLocator } from './locate.ts'
import { kindNumber, type VersionRow } from './version-row.ts'

export interface SearchQuery {
  /** Part of a name, in any case; one or two characters find names that begin so. */
  readonly text: string
  readonly lineages?: readonly LineageId[] | undefined
  readonly kinds?: readonly EntryKind[] | undefined
  /** Of any version. */
  readonly minBytes?: number | undefined
  readonly maxBytes?: number | undefined
  /** Entries that some snapshot between these Unix milliseconds had. */
  readonly from?: number | undefined
  readonly to?: number | undefined
  /** True: only what the newest snapshot of its lineage no longer has; false: only what it has. */
  readonly deleted?: boolean | undefined
  readonly offset?: number | undefined
  /** At most 500. */
  readonly limit: number
}

export interface SearchResult {
  readonly hits: readonly SearchHit[]
  /** Hits on all pages. */
  readonly total: number
  /** There are more than were looked at: ask for a more exact search. */
  readonly isTruncated: boolean
}

export interface Searcher {
  /** Best first: the very name, names that begin so, the rest; shorter names first. */
  search(query: SearchQuery): SearchResult
}

const maxTextLength = 256
const maxPage = 500
/** Hits that are ranked, and versions that are looked at for them: bounds the time of a search that matches nearly everything. */
const maxHits = 2000
const maxRows = 100_000

interface Candidate {
  readonly directory: number
  readonly name: number
  readonly lineage: number
  readonly folded: string
}

export function createSearcher(db: Database): Searcher {
  const locate = createLocator(db)
  const statements = prepareStatements(db)

  const toHit = ({ directory, name }: Candidate): SearchHit | undefined => {
    const rows = statements.versions.all(directory, name)
    const lineage = statements.lineageOf.get(directory)
    if (lineage === undefined) return undefined
    const spans = rows.flatMap((row) => {
      const [first, last] = [locate.atOrAfter(lineage.id, row.first), locate.atOrBefore(lineage.id, row.last)]
      return first === undefined || last === undefined || first.time > last.time ? [] : [{ row, first, last }]
    })
    const [oldest, newest] = [spans[0], spans.at(-1)]
    if (oldest === undefined || newest === undefined) return undefined
    return {
      lineageId: lineageId.parse(lineage.uuid),
      entry: toEntry(locate.pathOf(directory), locate.nameText(name), newest.row),
      versions: spans.length,
      lastSnapshotId: newest.last.id,
      firstAt: oldest.first.time * 1000,
      lastAt: newest.last.time * 1000,
      deleted: locate.atOrAfter(lineage.id, newest.last.time + 1) !== undefined,
    }
  }

  return {
    search(query) {
      const typed = oneSpelling(query.text.slice(0, maxTextLength))
      const text = foldText(typed)
      if (text === '') return { hits: [], total: 0, isTruncated: false }
      const isWanted = createFilter(query, statements)
      const found = new Map<string, Candidate>()
      let isTruncated = false
      for (const look of looksFor(text, typed)) {
        const { rows, isAll } = candidates(statements, look, query)
        for (const row of rows) {
          if (found.size > maxHits) break
          const key = `${row.directory} ${row.name}`
          if (!found.has(key) && isWanted(row)) found.set(key, row)
        }
        isTruncated ||= found.size > maxHits || !isAll()
        if (found.size > maxHits) break
      }
      const ranked = [...found.values()].sort((a, b) => compareRank(a, b, text)).slice(0, maxHits)
      const offset = Math.max(0, query.offset ?? 0)
      const page = ranked.slice(offset, offset + Math.min(Math.max(1, query.limit), maxPage))
      return { hits: page.flatMap((each) => toHit(each) ?? []), total: ranked.length, isTruncated }
    },
  }
}

type Statements = ReturnType<typeof prepareStatements>

function prepareStatements(db: Database) {
  return {
    looked: {
      exact: prepareLook(db, 'name', 'name.id', 'bytes = :from'),
      prefix: prepareLook(db, 'name', 'name.id', 'bytes >= :from AND bytes < :to'),
      substring: prepareLook(db, 'name_search', 'name_search.rowid', 'name_search MATCH :match'),
    },
    versions: db.prepare<[number, number], VersionRow>(
      `SELECT directory, name, first, last, ${factColumns} FROM version WHERE directory = ? AND name = ? ORDER BY first`,
    ),
    lineageOf: db.prepare<[number], { id: number; uuid: string }>(
      'SELECT lineage.id, uuid FROM directory JOIN lineage ON lineage.id = directory.lineage WHERE directory.id = ?',
    ),
    lineageNumber: db.prepare<[string], number>('SELECT id FROM lineage WHERE uuid = ?').pluck(),
    times: db
      .prepare<[number], number>("SELECT time FROM snapshot WHERE lineage = ? AND state = 'indexed' ORDER BY time")
      .pluck(),
    isAt: db
      .prepare<[number, number, number, number], number>(
        'SELECT 1 FROM version WHERE directory = ? AND name = ? AND first <= ? AND last >= ?',
      )
      .pluck(),
  }
}

/**
 * The versions of names that are looked at, so many at most, and of them those with the right lineage, kind and size: SQLite drops the
 * others by the index alone, several times faster than they could be handed over. `more` says whether there were more to look at.
 */
function prepareLook(db: Database, names: string, name: string, condition: string) {
  // Joined, not `IN`: so that the matches are read as they are needed.
  const from = `FROM ${names} CROSS JOIN version INDEXED BY version_name ON version.name = ${name} WHERE ${condition}`
  return {
    rows: db.prepare<[object], CandidateRow>(
      `SELECT found.name, found.directory, found.first, found.lineage, last, folded FROM (
         SELECT version.name AS name, directory, first, version.lineage AS lineage, kind, size ${from} LIMIT :limit
       ) AS found CROSS JOIN name ON name.id = found.name
       CROSS JOIN version USING (directory, name, first)
       WHERE found.size BETWEEN :minBytes AND :maxBytes AND (1 << found.kind) & :kinds
         AND (:lineages IS NULL OR found.lineage IN (SELECT value FROM json_each(:lineages)))
         AND instr(folded, :text) > 0`,
    ),
    more: db.prepare<[object], number>(`SELECT 1 ${from} LIMIT 1 OFFSET :limit`).pluck(),
  }
}

/** One way to look for a text, and its share of the versions that may be looked at. */
interface Look {
  readonly by: keyof Statements['looked']
  readonly parameters: { readonly from?: Uint8Array; readonly to?: Uint8Array; readonly match?: string }
  readonly text: string
  readonly limit: number
}

/** First the very name, so that a broad search finds it too, then the others as the index has them. `text` is folded. */
function looksFor(text: string, typed: string): readonly Look[] {
  const exact = [...new Set([text, text.toUpperCase(), typed, typed.toUpperCase()])].map(
    (spelling): Look => ({ by: 'exact', parameters: { from: pathTextToBytes(spelling) }, text, limit: maxRows }),
  )
  const characters = [...text]
  if (characters.length >= 3) {
    const trigrams = new Set(characters.slice(2).map((_, i) => characters.slice(i, i + 3).join('')))
    const match = [...trigrams].map((trigram) => `"${trigram.replaceAll('"', '""')}"`).join(' AND ')
    return [...exact, { by: 'substring', parameters: { match }, text, limit: maxRows }]
  }
  // Too short for the trigram index: the index of names finds beginnings, in each spelling of one or two letters.
  const wanted = new Set([...spellings(characters), ...spellings([...typed])])
  const beginnings = [...wanted].map((spelling, _, { length }): Look => {
    const from = pathTextToBytes(spelling)
    const to = Uint8Array.from([...from, 0xff]) // no UTF-8 continues with 0xff
    return { by: 'prefix', parameters: { from, to }, text, limit: Math.ceil(maxRows / length) }
  })
  return [...exact, ...beginnings]
}

/** `isAll` may be asked when the rows have been read. */
function candidates(
  { looked, lineageNumber }: Statements,
  { by, parameters, text, limit }: Look,
  query: SearchQuery,
): { readonly rows: Iterable<CandidateRow>; isAll(): boolean } {
  const { minBytes = 0, maxBytes = Number.MAX_SAFE_INTEGER, lineages, kinds = entryKind.options } = query
  const numbers = lineages?.map((id) => lineageNumber.get(id)).filter((number) => number !== undefined)
  const rows = looked[by].rows.iterate({
    ...parameters,
    text,
    limit,
    minBytes,
    maxBytes,
    kinds: kinds.reduce((mask, kind) => mask | (1 << kindNumber(kind)), 0),
    lineages: numbers === undefined ? null : JSON.stringify(numbers),
  })
  return { rows, isAll: () => looked[by].more.get({ ...parameters, limit }) === undefined }
}

interface CandidateRow extends Candidate {
  readonly first: number
  readonly last: number
}

/** Whether a snapshot that the query asks for has such a version. */
function createFilter(query: SearchQuery, statements: Statements): (row: CandidateRow) => boolean {
  const { deleted } = query
  const from = Math.ceil((query.from ?? 0) / 1000)
  const to = Math.floor((query.to ?? Number.MAX_SAFE_INTEGER) / 1000)
  const timesOf = new Map<number, readonly number[]>()
  const times = (lineage: number) => {
    const known = timesOf.get(lineage) ?? statements.times.all(lineage)
    timesOf.set(lineage, known)
    return known
  }
  return (row) => {
    const [start, end] = [Math.max(row.first, from), Math.min(row.last, to)]
    if (!times(row.lineage).some((time) => start <= time && time <= end)) return false
    if (deleted === undefined) return true
    const newest = times(row.lineage).at(-1) ?? 0
    return deleted !== (statements.isAt.get(row.directory, row.name, newest, newest) === 1)
  }
}

function spellings(characters: readonly string[]): Set<string> {
  let all = ['']
  for (const character of characters) {
    all = [...new Set([character, character.toUpperCase()])].flatMap((each) => all.map((start) => start + each))
  }
  return new Set(all)
}

function compareRank(a: Candidate, b: Candidate, text: string): number {
  const tier = ({ folded }: Candidate) => (folded === text ? 0 : folded.startsWith(text) ? 1 : 2)
  return (
    tier(a) - tier(b) ||
    a.folded.length - b.folded.length ||
    (a.folded < b.folded ? -1 : a.folded > b.folded ? 1 : 0) ||
    a.lineage - b.lineage ||
    a.directory - b.directory
  )
}
