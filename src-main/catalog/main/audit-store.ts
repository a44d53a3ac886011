import type { Database } from 'better-sqlite3'

/** One deed that cannot be undone, kept for the person who asks later. Never a secret (style E9). */
export interface AuditRecord {
  readonly id: number
  readonly at: number
  /** Which host acted: `window`, `command line`, `remote`. */
  readonly actor: string
  /** `noun.verb` of the contract. */
  readonly action: string
  readonly detail: string
}

export interface AuditReader {
  /** Newest first, older than the record `before` when given. */
  list(page: { readonly before?: number | undefined; readonly limit: number }): readonly AuditRecord[]
}

export interface AuditWriter extends AuditReader {
  append(record: Omit<AuditRecord, 'id'>): void
  /** Drops all but the newest. */
  prune(keep: number): void
}

const maxDetailLength = 8192

export function createAuditStore(db: Database): AuditWriter {
  const list = db.prepare<[number, number], AuditRecord>('SELECT * FROM audit WHERE id < ? ORDER BY id DESC LIMIT ?')
  const append = db.prepare('INSERT INTO audit (at, actor, action, detail) VALUES (?, ?, ?, ?)')
  const prune = db.prepare('DELETE FROM audit WHERE id <= (SELECT id FROM audit ORDER BY id DESC LIMIT 1 OFFSET ?)')
  return {
    list: ({ before, limit }) => list.all(before ?? Number.MAX_SAFE_INTEGER, limit),
    append: ({ at, actor, action, detail }) =>
      void append.run(at, actor, action, detail.slice(0, maxDetailLength).toWellFormed()),
    prune: (keep) => void prune.run(keep),
  }
}
