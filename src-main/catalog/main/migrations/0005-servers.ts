import type { Migration } from '../../database/migrate.ts'

/** What this computer offers to others: one row a kind of server. */
export const serversMigration: Migration = {
  version: 5,
  up(db) {
    db.exec(`
      CREATE TABLE server (
        kind TEXT PRIMARY KEY,
        is_on INTEGER NOT NULL,
        config TEXT NOT NULL
      ) STRICT, WITHOUT ROWID;
    `)
  },
}
