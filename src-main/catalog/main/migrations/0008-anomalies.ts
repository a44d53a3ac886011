import type { Migration } from '../../database/migrate.ts'

/** Backups that look wrong, until somebody has looked. */
export const anomaliesMigration: Migration = {
  version: 8,
  up(db) {
    db.exec('CREATE TABLE anomaly (job_id TEXT PRIMARY KEY, at INTEGER NOT NULL, value TEXT NOT NULL) STRICT')
  },
}
