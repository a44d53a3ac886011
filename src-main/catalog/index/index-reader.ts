import { join } from 'node:path'
import type { Database } from 'better-sqlite3'
import { openDatabaseReader } from '../database/open-database.ts'
import { translateSqliteError } from '../database/sqlite-errors.ts'
import { type Browser, createBrowser } from './browse.ts'
import { type Comparer, createComparer } from './compare.ts'
import { createFolderChanges } from './folder-changes.ts'
import { createSpaceQueries, type SpaceQueries } from './folder-space.ts'
import { indexKind } from './schema.ts'
import { createSearcher, type Searcher } from './search.ts'
import { createSnapshotStore, type SnapshotReader } from './snapshot-store.ts'

type Queries = SnapshotReader & Browser & Comparer & Searcher & SpaceQueries

/** Everything that can be asked of `index.sqlite`. Each answer is of one moment, also while a snapshot is being indexed. */
export type IndexReader = {
  readonly [Name in keyof Queries]: (...parameters: Parameters<Queries[Name]>) => Promise<ReturnType<Queries[Name]>>
} & { close(): Promise<void> }

export const queryNames = [
  'lineages',
  'lineage',
  'snapshots',
  'snapshot',
  'repositoryCounts',
  'list',
  'stat',
  'versions',
  'compare',
  'search',
  'folderSpace',
] as const satisfies readonly (keyof Queries)[]
export type QueryName = (typeof queryNames)[number]

/** Answers queries on a connection, in the thread it is called in. */
export function createQueries(db: Database): { ask(name: QueryName, parameters: readonly unknown[]): unknown } {
  const folderChanges = createFolderChanges(db)
  const queries: Queries = {
    ...createSnapshotStore(db),
    ...createBrowser(db, folderChanges),
    ...createComparer(db, folderChanges),
    ...createSearcher(db),
    ...createSpaceQueries(db),
  }
  const ask = db.transaction((name: QueryName, parameters: readonly unknown[]): unknown => {
    const query = queries[name] as (...parameters: readonly unknown[]) => unknown // IndexReader pairs names and parameters
    return query(...parameters)
  })
  return {
    ask(name, parameters) {
      try {
        return ask.deferred(name, parameters)
      } catch (error) {
        throw translateSqliteError(error, indexKind.corruptHint)
      }
    },
  }
}

/** An `IndexReader` from a function that answers by name, be it here or in a thread. */
export function readerFrom(
  ask: (name: QueryName, parameters: readonly unknown[]) => Promise<unknown>,
  close: () => Promise<void>,
): IndexReader {
  const methods = queryNames.map((name) => [name, (...parameters: unknown[]) => ask(name, parameters)])
  return { ...Object.fromEntries(methods), close } as IndexReader // one method for each name of the interface
}

/** Reads in the calling thread: for tests and the command line. The index must exist (`openIndex` creates it). */
export function openInThreadIndexReader(dataFolder: string): IndexReader {
  const db = openDatabaseReader(indexPath(dataFolder), indexKind)
  const queries = createQueries(db)
  return readerFrom(
    async (name, parameters) => queries.ask(name, parameters),
    async () => void db.close(),
  )
}

export function indexPath(dataFolder: string): string {
  return join(dataFolder, 'index.sqlite')
}
