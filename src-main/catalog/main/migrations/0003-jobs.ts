import type { Migration } from '../../database/migrate.ts'

/**
 * The queue. A job names its plan and repository without a foreign key: the history outlives both. `revision` counts every
 * change of any job, so that a process can ask what happened since it last looked; `job_removed` does so for rows that are gone.
 */
export const jobsMigration: Migration = {
  version: 3,
  up(db) {
    db.exec(`
      CREATE TABLE instance (
        id TEXT PRIMARY KEY,
        pid INTEGER NOT NULL,
        started_at INTEGER NOT NULL,
        heartbeat_at INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE job (
        sequence INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        revision INTEGER NOT NULL UNIQUE,
        kind TEXT NOT NULL,
        title TEXT NOT NULL,
        spec TEXT NOT NULL,
        trigger TEXT NOT NULL,
        plan_id TEXT,
        repository_id TEXT,
        is_writer INTEGER NOT NULL,
        queued_at INTEGER NOT NULL,
        not_before INTEGER NOT NULL,
        reason TEXT NOT NULL,
        retry_of TEXT,
        warnings INTEGER NOT NULL DEFAULT 0,
        state TEXT NOT NULL CHECK (state IN ('queued', 'waiting', 'running', 'success', 'error')),
        status TEXT NOT NULL,
        ended_at INTEGER,
        error_code TEXT,
        cancel_requested INTEGER NOT NULL DEFAULT 0,
        owner TEXT,
        CHECK ((state = 'running') = (owner IS NOT NULL))
      ) STRICT;
      CREATE UNIQUE INDEX job_one_writer ON job (repository_id) WHERE state = 'running' AND is_writer = 1;
      CREATE INDEX job_active ON job (sequence) WHERE state IN ('queued', 'waiting', 'running');
      CREATE INDEX job_plan ON job (plan_id, ended_at);
      CREATE INDEX job_repository ON job (repository_id, sequence);
      CREATE INDEX job_kind ON job (kind, sequence);
      CREATE INDEX job_state ON job (state, sequence);

      CREATE TABLE job_log (
        job INTEGER NOT NULL REFERENCES job (sequence) ON DELETE CASCADE,
        id INTEGER NOT NULL,
        at INTEGER NOT NULL,
        level TEXT NOT NULL,
        message TEXT NOT NULL,
        path BLOB,
        outcome TEXT,
        PRIMARY KEY (job, id)
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE job_removed (revision INTEGER PRIMARY KEY, id TEXT NOT NULL) STRICT;
      CREATE TABLE job_revision (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        newest INTEGER NOT NULL,
        forgotten INTEGER NOT NULL
      ) STRICT;
      INSERT INTO job_revision VALUES (1, 0, 0);
    `)
  },
}
