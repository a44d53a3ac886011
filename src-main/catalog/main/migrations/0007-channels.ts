import type { Migration } from '../../database/migrate.ts'

/** Where messages go. */
export const channelsMigration: Migration = {
  version: 7,
  up(db) {
    db.exec('CREATE TABLE channel (id TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID')
  },
}
