import type { Migration } from '../../database/migrate.ts'

/** Who did what that cannot be undone: removals, protections, keys, services. */
export const auditMigration: Migration = {
  version: 4,
  up(db) {
    db.exec(`
      CREATE TABLE audit (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        at INTEGER NOT NULL,
        actor TEXT NOT NULL,
        action TEXT NOT NULL,
        detail TEXT NOT NULL
      ) STRICT;
    `)
  },
}
