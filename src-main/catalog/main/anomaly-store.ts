import type { Database } from 'better-sqlite3'
import { type OpenAnomaly, openAnomaly } from '../../../src-shared/model/anomaly.ts'
import type { JobId } from '../../../src-shared/model/ids.ts'
import { fromJson, toJson } from '../database/json-column.ts'

export interface AnomalyReader {
  /** Those nobody has looked at yet, newest first. */
  list(): readonly OpenAnomaly[]
}

export interface AnomalyWriter extends AnomalyReader {
  put(anomaly: OpenAnomaly): void
  /** Somebody looked. Harmless when there is none. */
  remove(id: JobId): void
}

export function createAnomalyStore(db: Database): AnomalyWriter {
  const all = db.prepare<[], string>('SELECT value FROM anomaly ORDER BY at DESC LIMIT 1000').pluck()
  const write = db.prepare('INSERT OR REPLACE INTO anomaly VALUES (?, ?, ?)')
  const remove = db.prepare('DELETE FROM anomaly WHERE job_id = ?')
  return {
    list: () => all.all().map((text) => fromJson(openAnomaly, text, 'A warning')),
    put: (value) => void write.run(value.jobId, value.at, toJson(openAnomaly, value)),
    remove: (id) => void remove.run(id),
  }
}
