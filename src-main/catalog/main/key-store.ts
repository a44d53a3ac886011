import type { Database } from 'better-sqlite3'
import type { KeyId } from '../../../src-shared/model/ids.ts'
import { fromJson, toJson } from '../database/json-column.ts'
import { type KeyFacts, keyFacts } from './key-facts.ts'

export interface KeyReader {
  list(): readonly KeyFacts[]
  get(id: KeyId): KeyFacts | undefined
  /** For a manifest that names the key it was encrypted with. */
  byFingerprint(fingerprint: string): KeyFacts | undefined
}

export interface KeyWriter extends KeyReader {
  /** Adds or replaces by id. Two keys with one fingerprint are one key: the second is refused by the database. */
  put(facts: KeyFacts): void
  remove(id: KeyId): void
}

export function createKeyStore(db: Database): KeyWriter {
  const all = db.prepare<[], string>('SELECT facts FROM key ORDER BY id').pluck()
  const one = db.prepare<[string], string>('SELECT facts FROM key WHERE id = ?').pluck()
  const byFingerprint = db.prepare<[string], string>('SELECT facts FROM key WHERE fingerprint = ?').pluck()
  const put = db.prepare(
    `INSERT INTO key (id, fingerprint, facts) VALUES (?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET fingerprint = excluded.fingerprint, facts = excluded.facts`,
  )
  const remove = db.prepare('DELETE FROM key WHERE id = ?')
  const read = (text: string) => fromJson(keyFacts, text, 'A key')
  const readOptional = (text: string | undefined) => (text === undefined ? undefined : read(text))
  return {
    list: () => all.all().map(read),
    get: (id) => readOptional(one.get(id)),
    byFingerprint: (fingerprint) => readOptional(byFingerprint.get(fingerprint)),
    put: (facts) => void put.run(facts.id, facts.fingerprint, toJson(keyFacts, facts)),
    remove: (id) => void remove.run(id),
  }
}
