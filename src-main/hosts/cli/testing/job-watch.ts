import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { z } from 'zod'
import { type JobStatus, jobStatus } from '../../../../src-shared/model/job.ts'
import { createSettingsStore } from '../../../catalog/main/settings-store.ts'

const row = z.object({ kind: z.string(), status: z.string() })

/**
 * Looks into the catalog from outside, as no command could without being one of the processes under test. Fails with the
 * test's own time limit.
 */
export async function whenJob(
  dataDirectory: string,
  kind: string,
  isSo: (status: JobStatus) => boolean,
): Promise<void> {
  while (!newestStatuses(dataDirectory, kind).some(isSo)) await sleep(20)
}

/** So that a backup which begins after this takes long enough for something to happen to it, however fast the machine. */
export function limitReading(dataDirectory: string, readLimitBytesPerSecond: number | undefined): void {
  const db = new Database(join(dataDirectory, 'catalog.sqlite'), { fileMustExist: true })
  try {
    const settings = createSettingsStore(db)
    settings.set({ ...settings.get(), readLimitBytesPerSecond })
  } finally {
    db.close()
  }
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
