import type { Database } from 'better-sqlite3'
import { HoldfastError } from '../../../src-shared/errors.ts'
import type { JobId } from '../../../src-shared/model/ids.ts'
import { type JobLogLine, jobLogLine } from '../../../src-shared/model/job.ts'
import { bytesToPathText, pathTextToBytes } from '../../../src-shared/model/path-text.ts'

export interface JobLogReader {
  /** Lines after the line `after` (0 for all), oldest first. The empty page is the end so far. */
  page(id: JobId, options: LogPageOptions): readonly JobLogLine[]
}

export interface LogPageOptions {
  readonly after: number
  /** At most 1000. */
  readonly limit: number
  readonly levels?: readonly JobLogLine['level'][] | undefined
}

export interface JobLogWriter extends JobLogReader {
  /** One transaction for all; numbers them from where the log stands and returns the last number. Throws `job/unknown`. */
  append(id: JobId, lines: readonly NewLogLine[]): number
}

export type NewLogLine = Omit<JobLogLine, 'id'>

/** A job that fails on each of a million files must not fill the disk with telling so. */
const maxLines = 100_000
const maxMessageLength = 4096
const maxPage = 1000

interface Row {
  readonly id: number
  readonly at: number
  readonly level: string
  readonly message: string
  readonly path: Uint8Array | null
  readonly outcome: string | null
}

export function createJobLog(db: Database): JobLogWriter {
  const sequenceOf = db.prepare<[string], number>('SELECT sequence FROM job WHERE id = ?').pluck()
  const last = db.prepare<[number], number | null>('SELECT max(id) FROM job_log WHERE job = ?').pluck()
  const insert = db.prepare('INSERT INTO job_log VALUES (?, ?, ?, ?, ?, ?, ?)')
  const page = db.prepare<[number, number, string | null, number], Row>(
    `SELECT id, at, level, message, path, outcome FROM job_log WHERE job = ? AND id > ?
     AND level IN (SELECT value FROM json_each(coalesce(?, '["debug","info","warn","error"]'))) ORDER BY id LIMIT ?`,
  )
  return {
    page(id, { after, limit, levels }) {
      const job = sequenceOf.get(id)
      if (job === undefined) return []
      const wanted = levels === undefined ? null : JSON.stringify(levels)
      return page.all(job, after, wanted, Math.min(Math.max(1, limit), maxPage)).map(readLine)
    },
    append: db.transaction((id: JobId, lines: readonly NewLogLine[]) => {
      const job = sequenceOf.get(id)
      if (job === undefined) throw new HoldfastError('job/unknown')
      let number = last.get(job) ?? 0
      for (const line of lines) {
        if (number >= maxLines) break
        number += 1
        const { at, level, message, path, outcome } = number === maxLines ? lastLine(line.at) : line
        const bytes = path === undefined ? null : pathTextToBytes(path)
        insert.run(job, number, at, level, message.slice(0, maxMessageLength).toWellFormed(), bytes, outcome ?? null)
      }
      return number
    }).immediate,
  }
}

function lastLine(at: number): NewLogLine {
  return { at, level: 'warn', message: 'The log is full: further lines are counted but not kept.' }
}

function readLine({ path, outcome, ...row }: Row): JobLogLine {
  return jobLogLine.parse({
    ...row,
    path: path === null ? undefined : bytesToPathText(path),
    outcome: outcome ?? undefined,
  })
}
