import type { Migration } from '../../database/migrate.ts'

/** Settings, keys and repositories. Structured parts that nothing queries are JSON. */
export const repositoriesMigration: Migration = {
  version: 1,
  up(db) {
    db.exec(`
      CREATE TABLE settings (only INTEGER PRIMARY KEY CHECK (only = 1), value TEXT NOT NULL) STRICT;

      CREATE TABLE key (
        id TEXT PRIMARY KEY,
        fingerprint TEXT NOT NULL UNIQUE,
        facts TEXT NOT NULL
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE repository (
        id TEXT PRIMARY KEY,
        added_at INTEGER NOT NULL,
        address TEXT NOT NULL,
        value TEXT NOT NULL,
        facts TEXT NOT NULL DEFAULT '{}'
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE usage_history (
        repository_id TEXT NOT NULL REFERENCES repository (id) ON DELETE CASCADE,
        at INTEGER NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY (repository_id, at)
      ) STRICT, WITHOUT ROWID;
    `)
  },
}
