import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { z } from 'zod'
import { type JobStatus, jobStatus } from '../../../../src-shared/model/job.ts'

const row = z.object({ kind: z.string(), status: z.string() })

/** Looks into the catalog from outside, as no command could without being one of the processes under test. */
export async function whenJob(
  dataDirectory: string,
  kind: string,
  isSo: (status: JobStatus) => boolean,
  withinMs = 20_000,
): Promise<void> {
  const end = performance.now() + withinMs
  while (performance.now() < end) {
    if (newestStatuses(dataDirectory, kind).some(isSo)) return
    await sleep(20)
  }
  throw new Error(`no ${kind} came that far`)
}

function newestStatuses(dataDirectory: string, kind: string): JobStatus[] {
  let db: Database.Database | undefined
  try {
    db = new Database(join(dataDirectory, 'catalog.sqlite'), { readonly: true, fileMustExist: true })
    const rows = z.array(row).parse(db.prepare('SELECT kind, status FROM job WHERE ended_at IS NULL').all())
    return rows.filter((one) => one.kind === kind).map((one) => jobStatus.parse(JSON.parse(one.status)))
  } catch {
    return [] // not made yet, or busy
  } finally {
    db?.close()
  }
}

/** It has stored some of what it is to store. */
export const isStoring = (status: JobStatus) => status.state === 'running' && status.progress.newChunks > 2
