import type { Database } from 'better-sqlite3'

/**
 * `message` is the serialized protobuf, unknown fields included; the columns beside it are what is searched, ordered or must be
 * unique. `seq` is the order of creation, which no clock disturbs.
 */
export function createEverything(db: Database): void {
  db.exec(`
    CREATE TABLE system (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;

    CREATE TABLE basis (
      seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
      name TEXT NOT NULL UNIQUE, path TEXT NOT NULL UNIQUE, message BLOB NOT NULL
    );
    CREATE TABLE project (
      seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
      basis_id TEXT NOT NULL REFERENCES basis (id) ON DELETE CASCADE,
      name TEXT NOT NULL, path TEXT NOT NULL, message BLOB NOT NULL,
      UNIQUE (basis_id, name), UNIQUE (basis_id, path)
    );
    CREATE TABLE target (
      seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
      project_id TEXT NOT NULL REFERENCES project (id) ON DELETE CASCADE,
      parent_id TEXT REFERENCES target (id) ON DELETE CASCADE,
      name TEXT NOT NULL, uuid TEXT UNIQUE, message BLOB NOT NULL,
      UNIQUE (project_id, name)
    );
    CREATE INDEX target_by_parent ON target (parent_id);
    CREATE TABLE box (
      seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, directory TEXT NOT NULL UNIQUE,
      name TEXT NOT NULL, provider TEXT NOT NULL, version TEXT NOT NULL, message BLOB NOT NULL,
      UNIQUE (name, provider, version)
    );

    CREATE TABLE hmac_key (id TEXT PRIMARY KEY COLLATE NOCASE, message BLOB NOT NULL) WITHOUT ROWID;
    -- Tokens that were made here; one that is not listed may still be good, a listed one may be revoked.
    CREATE TABLE token (
      token_id TEXT PRIMARY KEY, kind TEXT NOT NULL, created_ms INTEGER NOT NULL,
      valid_until_ms INTEGER, revoked_ms INTEGER
    ) WITHOUT ROWID;
    CREATE TABLE variable (
      scope TEXT NOT NULL, scope_id TEXT NOT NULL, name TEXT NOT NULL, message BLOB NOT NULL,
      PRIMARY KEY (scope, scope_id, name)
    ) WITHOUT ROWID;

    -- A job keeps the reference it was queued with inside the message: a deleted target does not take its jobs along.
    CREATE TABLE job (
      seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, state INTEGER NOT NULL,
      runner_id TEXT, is_external INTEGER NOT NULL,
      basis_id TEXT REFERENCES basis (id) ON DELETE CASCADE,
      project_id TEXT REFERENCES project (id) ON DELETE CASCADE,
      message BLOB NOT NULL
    );
    CREATE INDEX job_by_state ON job (state, runner_id, seq);
    CREATE INDEX job_by_basis ON job (basis_id);
    CREATE INDEX job_by_project ON job (project_id);
    CREATE TABLE job_output (
      job_id TEXT NOT NULL REFERENCES job (id) ON DELETE CASCADE,
      at INTEGER NOT NULL, message BLOB NOT NULL,
      PRIMARY KEY (job_id, at)
    ) WITHOUT ROWID;
  `)
}
