import type { Migration } from '../../database/migrate.ts'

/** Plans, the repositories they write to, and what became of each time they were due. */
export const plansMigration: Migration = {
  version: 2,
  up(db) {
    db.exec(`
      CREATE TABLE plan (
        id TEXT PRIMARY KEY,
        created_at INTEGER NOT NULL,
        value TEXT NOT NULL
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE plan_destination (
        plan_id TEXT NOT NULL REFERENCES plan (id) ON DELETE CASCADE,
        repository_id TEXT NOT NULL REFERENCES repository (id),
        PRIMARY KEY (plan_id, repository_id)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX plan_destination_repository ON plan_destination (repository_id);

      CREATE TABLE schedule_record (
        plan_id TEXT NOT NULL REFERENCES plan (id) ON DELETE CASCADE,
        due_at INTEGER NOT NULL,
        recorded_at INTEGER NOT NULL,
        job_id TEXT,
        skip_reason TEXT,
        PRIMARY KEY (plan_id, due_at),
        CHECK ((job_id IS NULL) <> (skip_reason IS NULL))
      ) STRICT, WITHOUT ROWID;
    `)
  },
}
