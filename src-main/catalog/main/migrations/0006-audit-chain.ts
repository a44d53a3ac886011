import type { Migration } from '../../database/migrate.ts'
import { auditHash, emptyChain } from '../audit-hash.ts'

interface OldRecord {
  readonly id: number
  readonly at: number
  readonly actor: string
  readonly action: string
  readonly detail: string
}

/** Each record vouches for all before it. */
export const auditChainMigration: Migration = {
  version: 6,
  up(db) {
    db.exec("ALTER TABLE audit ADD COLUMN hash TEXT NOT NULL DEFAULT ''")
    const update = db.prepare('UPDATE audit SET hash = ? WHERE id = ?')
    let last = emptyChain
    for (const record of db
      .prepare<[], OldRecord>('SELECT id, at, actor, action, detail FROM audit ORDER BY id')
      .all()) {
      last = auditHash(last, record)
      update.run(last, record.id)
    }
  },
}
