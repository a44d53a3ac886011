import type { Migration } from '../../database/migrate.ts'

/** What a queue would forget with its process: the order a person gave it, and how fast each run was. */
export const queueMigration: Migration = {
  version: 9,
  up(db) {
    db.exec(`
      CREATE TABLE queue_order (
        place INTEGER PRIMARY KEY,
        job_id TEXT NOT NULL UNIQUE REFERENCES job (id) ON DELETE CASCADE
      ) STRICT;
      CREATE TABLE job_throughput (
        job_id TEXT PRIMARY KEY REFERENCES job (id) ON DELETE CASCADE,
        points TEXT NOT NULL
      ) STRICT, WITHOUT ROWID;
    `)
  },
}
