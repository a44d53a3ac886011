import type { Database } from 'better-sqlite3'
import type { AuditRecord, AuditVerdict } from '../../../src-shared/model/audit.ts'
import { auditHash, emptyChain } from './audit-hash.ts'

export interface AuditReader {
  /** Newest first, older than the record `before` when given. */
  list(page: { readonly before?: number | undefined; readonly limit: number }): readonly AuditRecord[]
  /**
   * Follows the chain from the first record to the last. `head` is the hash that somebody wrote down earlier: it must still
   * be in the chain, which also finds a log that was cut short or written anew.
   */
  verify(head?: string): AuditVerdict
}

export interface AuditWriter extends AuditReader {
  append(record: Omit<AuditRecord, 'id' | 'hash'>): void
}

const maxDetailLength = 8192

export function createAuditStore(db: Database): AuditWriter {
  const columns = 'id, at, actor, action, detail, hash'
  const list = db.prepare<[number, number], AuditRecord>(
    `SELECT ${columns} FROM audit WHERE id < ? ORDER BY id DESC LIMIT ?`,
  )
  const all = db.prepare<[], AuditRecord>(`SELECT ${columns} FROM audit ORDER BY id`)
  const newest = db.prepare<[], AuditRecord>(`SELECT ${columns} FROM audit ORDER BY id DESC LIMIT 1`)
  const insert = db.prepare('INSERT INTO audit (id, at, actor, action, detail, hash) VALUES (?, ?, ?, ?, ?, ?)')
  return {
    list: ({ before, limit }) => list.all(before ?? Number.MAX_SAFE_INTEGER, limit),
    verify(head) {
      let last = emptyChain
      let records = 0
      let isHeadThere = head === undefined
      for (const record of all.iterate()) {
        records += 1
        const broken = (sentence: string): AuditVerdict => ({ state: 'broken', records, at: record.id, sentence })
        if (record.id !== records) return broken(`Record ${records} is missing.`)
        if (auditHash(last, record) !== record.hash) return broken(`Record ${record.id} was changed.`)
        last = record.hash
        if (last === head) isHeadThere = true
      }
      if (!isHeadThere) {
        return {
          state: 'broken',
          records,
          at: records,
          sentence: 'The hash that was written down is not in this log: it was cut short or written anew.',
        }
      }
      return { state: 'intact', records, head: last }
    },
    append: db.transaction(({ at, actor, action, detail }: Omit<AuditRecord, 'id' | 'hash'>) => {
      const last = newest.get()
      const id = (last?.id ?? 0) + 1
      const text = detail.slice(0, maxDetailLength).toWellFormed()
      const hash = auditHash(last?.hash ?? emptyChain, { id, at, actor, action, detail: text })
      insert.run(id, at, actor, action, text, hash)
    }).immediate,
  }
}
