import type { Migration } from '../../database/migrate.ts'

/**
 * Lineages, snapshots and their entries. A file that did not change between snapshots is one row: `version` says that an entry was so in
 * every indexed snapshot of its lineage from `first` to `last` (Unix seconds, inclusive; `openEnd` while the newest has it). Versions of
 * one path never overlap. `directory` gives folders their number; lineage roots have parent 0 and hold the archives.
 */
export const entriesMigration: Migration = {
  version: 1,
  up(db) {
    db.exec(`
      CREATE TABLE lineage (
        id INTEGER PRIMARY KEY,
        uuid TEXT NOT NULL UNIQUE,
        repository_id TEXT NOT NULL,
        namespace TEXT NOT NULL,
        type TEXT NOT NULL,
        backup_id TEXT NOT NULL,
        title TEXT NOT NULL,
        plan_id TEXT,
        root INTEGER NOT NULL,
        UNIQUE (repository_id, namespace, type, backup_id)
      ) STRICT;

      CREATE TABLE snapshot (
        id INTEGER PRIMARY KEY,
        uuid TEXT NOT NULL UNIQUE,
        lineage INTEGER NOT NULL REFERENCES lineage (id),
        time INTEGER NOT NULL,
        state TEXT NOT NULL DEFAULT 'listed' CHECK (state IN ('listed', 'partial', 'indexed')),
        details TEXT NOT NULL,
        entries INTEGER,
        files INTEGER,
        bytes INTEGER,
        added INTEGER,
        changed INTEGER,
        removed INTEGER,
        changed_bytes INTEGER,
        UNIQUE (lineage, time)
      ) STRICT;
      CREATE INDEX snapshot_indexed ON snapshot (lineage, time) WHERE state = 'indexed';

      CREATE TABLE name (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL UNIQUE, folded TEXT NOT NULL) STRICT;
      CREATE VIRTUAL TABLE name_search USING fts5 (
        folded, content = '', detail = none, columnsize = 0, tokenize = 'trigram case_sensitive 1'
      );

      CREATE TABLE directory (
        id INTEGER PRIMARY KEY,
        lineage INTEGER NOT NULL,
        parent INTEGER NOT NULL,
        name INTEGER NOT NULL,
        UNIQUE (parent, name)
      ) STRICT;

      CREATE TABLE version (
        directory INTEGER NOT NULL,
        name INTEGER NOT NULL,
        first INTEGER NOT NULL,
        last INTEGER NOT NULL,
        lineage INTEGER NOT NULL,
        kind INTEGER NOT NULL,
        size INTEGER NOT NULL,
        mtime_ms INTEGER NOT NULL,
        mtime_rest_ns INTEGER NOT NULL,
        permissions INTEGER NOT NULL,
        uid INTEGER NOT NULL,
        gid INTEGER NOT NULL,
        target BLOB,
        PRIMARY KEY (directory, name, first)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX version_name ON version (name);
      CREATE INDEX version_first ON version (lineage, first);
      CREATE INDEX version_closed ON version (lineage, last) WHERE last < 140737488355327;

      CREATE TABLE counter (name TEXT PRIMARY KEY, next INTEGER NOT NULL) STRICT, WITHOUT ROWID;
      INSERT INTO counter VALUES ('name', 1), ('directory', 1);
    `)
  },
}
