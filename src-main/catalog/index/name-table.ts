import type { Database } from 'better-sqlite3'
import { foldName } from './fold-name.ts'
import { writeInSlices } from './write-slices.ts'

/** The distinct names of all lineages, each stored and made searchable once. Keys are names as Latin-1 strings, one char a byte. */
export interface NameTable {
  find(key: string): number | undefined
  /** Numbers for all of these, adding the ones that are new. */
  resolve(keys: Iterable<string>, signal: AbortSignal): Promise<void>
  /** A number after `resolve`. */
  get(key: string): number
}

/** Bounds the memory of a large ingestion: some 30 MB of names. */
const maxCached = 200_000

export function createNameTable(db: Database): NameTable {
  const select = db.prepare<[Uint8Array], number>('SELECT id FROM name WHERE bytes = ?').pluck()
  const insert = db.prepare('INSERT INTO name (id, bytes, folded) VALUES (?, ?, ?) ON CONFLICT (bytes) DO NOTHING')
  const insertSearch = db.prepare('INSERT INTO name_search (rowid, folded) VALUES (?, ?)')
  const reserve = db
    .prepare<[number], number>("UPDATE counter SET next = next + ? WHERE name = 'name' RETURNING next")
    .pluck()
  const cache = new Map<string, number>()

  const find = (key: string): number | undefined => {
    const cached = cache.get(key)
    if (cached !== undefined) return cached
    const id = select.get(Buffer.from(key, 'latin1'))
    if (id !== undefined) cache.set(key, id)
    return id
  }

  return {
    find,
    get(key) {
      const id = find(key)
      if (id === undefined) throw new Error('a name was not resolved before it was used')
      return id
    },
    async resolve(keys, signal) {
      if (cache.size > maxCached) cache.clear()
      // Sorted, so that neighbours in the unique index are written together: a tenth of the pages of random order.
      const fresh = [...keys].filter((key) => find(key) === undefined).sort(byBytes)
      if (fresh.length === 0) return
      let id = (reserve.get(fresh.length) ?? 0) - fresh.length
      await writeInSlices(
        db,
        fresh,
        (key) => {
          const bytes = Buffer.from(key, 'latin1')
          const folded = foldName(bytes)
          const own = id++
          // Another ingestion may have been quicker with this name; then `get` reads its number.
          if (insert.run(own, bytes, folded).changes === 0) return
          insertSearch.run(own, folded)
          cache.set(key, own)
        },
        signal,
      )
    },
  }
}

function byBytes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
