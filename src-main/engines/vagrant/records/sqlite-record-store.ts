import type { Database } from 'better-sqlite3'
import { createBasisTable } from './basis-table.ts'
import { createBoxTable } from './box-table.ts'
import { createKeyTable, createTokenLedger } from './key-table.ts'
import { createProjectTable } from './project-table.ts'
import type { RecordStore } from './record-store.ts'
import { createTargetTable } from './target-table.ts'
import { createVariableTable } from './variable-table.ts'

export interface SqliteRecordStoreOptions {
  readonly db: Database
  now(): number
  newId(): string
  /** After a basis or project took its jobs along. */
  cascaded(): void
}

/** The records in the server's database, which the caller opened and closes. */
export function createSqliteRecordStore(options: SqliteRecordStoreOptions): RecordStore {
  return {
    basis: createBasisTable(options),
    projects: createProjectTable(options),
    targets: createTargetTable(options),
    boxes: createBoxTable(options),
    keys: createKeyTable(options.db),
    tokens: createTokenLedger(options.db),
    variables: createVariableTable(options.db),
  }
}
