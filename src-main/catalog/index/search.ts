import type { Database } from 'better-sqlite3'
import { type EntryKind, entryKind, type SearchHit } from '../../../src-shared/model/entry.ts'
import { type LineageId, lineageId } from '../../../src-shared/model/ids.ts'
import { pathTextToBytes } from '../../../src-shared/model/path-text.ts'
import { factColumns, toEntry } from './entry-row.ts'
import { foldText } from './fold-name.ts'
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
/** Hits that are ranked, and names that are looked at for them: keeps a search for `e` under a tenth of a second. */
const maxHits = 2000
const maxNames = 100_000

interface Candidate {
  readonly directory: number
  readonly name: number
  readonly lineage: number
  readonly folded: string
}

export function createSearcher(db: Database): Searcher {
  const locate = createLocator(db)
  const statements = prepareStatements(db)
  const lineageNumbers = db.prepare<[string], number>('SELECT id FROM lineage WHERE uuid = ?').pluck()

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
      const text = foldText(query.text.slice(0, maxTextLength))
      if (text === '') return { hits: [], total: 0, isTruncated: false }
      const filter = {
        lineages: query.lineages && JSON.stringify(query.lineages.map((id) => lineageNumbers.get(id) ?? 0)),
        kinds: JSON.stringify((query.kinds ?? entryKind.options).map(kindNumber)),
        min: query.minBytes ?? 0,
        max: query.maxBytes ?? Number.MAX_SAFE_INTEGER,
        from: Math.ceil((query.from ?? 0) / 1000),
        to: Math.floor((query.to ?? Number.MAX_SAFE_INTEGER) / 1000),
        deleted: query.deleted === undefined ? null : query.deleted ? 1 : 0,
      }
      const found = new Map<string, Candidate>()
      let names = 0
      let isTruncated = false
      for (const [name, folded] of candidateNames(statements, text)) {
        if (found.size >= maxHits || ++names > maxNames) {
          isTruncated = true
          break
        }
        const parameters = { ...filter, lineages: filter.lineages ?? null, name, limit: maxHits + 1 - found.size }
        for (const row of statements.paths.all(parameters)) {
          found.set(`${row.directory} ${name}`, { ...row, name, folded })
        }
      }
      const ranked = [...found.values()].sort((a, b) => compareRank(a, b, text)).slice(0, maxHits)
      const offset = Math.max(0, query.offset ?? 0)
      const page = ranked.slice(offset, offset + Math.min(Math.max(1, query.limit), maxPage))
      return {
        hits: page.flatMap((each) => toHit(each) ?? []),
        total: ranked.length,
        isTruncated: isTruncated || found.size > maxHits,
      }
    },
  }
}

type Statements = ReturnType<typeof prepareStatements>

function prepareStatements(db: Database) {
  return {
    exact: db.prepare<[Uint8Array], [number, string]>('SELECT id, folded FROM name WHERE bytes = ?').raw(),
    prefix: db
      .prepare<[Uint8Array, Uint8Array], [number, string]>('SELECT id, folded FROM name WHERE bytes >= ? AND bytes < ?')
      .raw(),
    substring: db
      .prepare<[string, string], [number, string]>(
        `SELECT name.id, folded FROM name WHERE id IN (SELECT rowid FROM name_search WHERE name_search MATCH ?)
         AND instr(folded, ?) > 0`,
      )
      .raw(),
    paths: db.prepare<[object], { directory: number; lineage: number }>(
      `SELECT directory, version.lineage FROM version INDEXED BY version_name WHERE name = :name
         AND (:lineages IS NULL OR version.lineage IN (SELECT value FROM json_each(:lineages)))
         AND kind IN (SELECT value FROM json_each(:kinds)) AND size BETWEEN :min AND :max
         AND EXISTS (SELECT 1 FROM snapshot WHERE lineage = version.lineage AND state = 'indexed'
           AND time BETWEEN max(version.first, :from) AND min(version.last, :to))
         AND (:deleted IS NULL OR :deleted = NOT EXISTS (
           SELECT 1 FROM version AS newest WHERE newest.directory = version.directory AND newest.name = version.name
           AND newest.last >= (SELECT max(time) FROM snapshot WHERE lineage = version.lineage AND state = 'indexed')
           AND newest.first <= (SELECT max(time) FROM snapshot WHERE lineage = version.lineage AND state = 'indexed')))
       GROUP BY directory LIMIT :limit`,
    ),
    versions: db.prepare<[number, number], VersionRow>(
      `SELECT directory, name, first, last, ${factColumns} FROM version WHERE directory = ? AND name = ? ORDER BY first`,
    ),
    lineageOf: db.prepare<[number], { id: number; uuid: string }>(
      'SELECT lineage.id, uuid FROM directory JOIN lineage ON lineage.id = directory.lineage WHERE directory.id = ?',
    ),
  }
}

/** Names that match: first the very name, so that a broad search finds it too, then the others as the index has them. */
function* candidateNames(statements: Statements, text: string): Generator<[number, string]> {
  for (const spelling of new Set([text, text.toUpperCase()])) yield* statements.exact.all(pathTextToBytes(spelling))
  const characters = [...text]
  if (characters.length >= 3) {
    const trigrams = new Set(characters.slice(2).map((_, i) => characters.slice(i, i + 3).join('')))
    const match = [...trigrams].map((trigram) => `"${trigram.replaceAll('"', '""')}"`).join(' AND ')
    yield* statements.substring.iterate(match, text)
    return
  }
  // Too short for the trigram index: the index of names finds beginnings, in each spelling of one or two letters.
  for (const spelling of spellings(characters)) {
    const from = pathTextToBytes(spelling)
    const to = Uint8Array.from([...from, 0xff]) // no UTF-8 continues with 0xff
    yield* statements.prefix.iterate(from, to)
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
