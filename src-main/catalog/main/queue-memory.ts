import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { count, type JobId, jobId, timestamp } from '../../../src-shared/model/ids.ts'
import { fromJson, toJson } from '../database/json-column.ts'

/** Bytes a second from the point before to `at`. */
const throughput = z.array(z.object({ at: timestamp, read: count, stored: count })).max(1000)
export type StoredThroughput = z.infer<typeof throughput>

export interface QueueMemoryReader {
  /** Jobs a person put before all others, in this order; some may have ended since. */
  order(): readonly JobId[]
  /** Of a run that has ended; empty when it was too short or nothing is known. */
  throughput(id: JobId): StoredThroughput
}

export interface QueueMemory extends QueueMemoryReader {
  /** Replaces the order. Every job must exist. */
  setOrder(ids: readonly JobId[]): void
  /** Goes with the job when that is removed. */
  saveThroughput(id: JobId, points: StoredThroughput): void
}

export function createQueueMemory(db: Database): QueueMemory {
  const all = db.prepare<[], string>('SELECT job_id FROM queue_order ORDER BY place').pluck()
  const clear = db.prepare('DELETE FROM queue_order')
  const place = db.prepare('INSERT INTO queue_order (place, job_id) VALUES (?, ?)')
  const points = db.prepare<[string], string>('SELECT points FROM job_throughput WHERE job_id = ?').pluck()
  const save = db.prepare('INSERT OR REPLACE INTO job_throughput (job_id, points) VALUES (?, ?)')
  return {
    order: () => all.all().map((id) => jobId.parse(id)),
    throughput(id) {
      const text = points.get(id)
      return text === undefined ? [] : fromJson(throughput, text, 'The speed of a job')
    },
    setOrder: db.transaction((ids: readonly JobId[]) => {
      clear.run()
      for (const [at, id] of ids.entries()) place.run(at, id)
    }).immediate,
    saveThroughput: (id, value) => void save.run(id, toJson(throughput, value)),
  }
}
