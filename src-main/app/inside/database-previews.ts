import { rmSync } from 'node:fs'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DatabaseInside } from '../../../src-shared/model/file-inside.ts'
import { asDiskError } from '../../storage/datastore/disk-error.ts'
import type { SnapshotsService } from '../services/snapshots.ts'
import { readDatabaseInThread } from './read-database-in-thread.ts'
import { type FileInSnapshot, type StoredFile, withStoredFile } from './stored-file.ts'

/** SQLite wants a file; a larger one is not fetched for a glance. */
const maximumBytes = 256n * 1024n * 1024n
/** The last file stays this long for whoever looks from table to table. */
const keptMs = 60_000

/** The first bytes of every database (file format of SQLite, 1.3.1), and its two versions, 2 when it keeps a write-ahead log. */
const magic = 'SQLite format 3\0'
const versionsAt = 18n

export interface DatabaseRequest extends FileInSnapshot {
  readonly table?: string | undefined
}

/** Looks into databases of snapshots: each is fetched into a private temporary file that goes soon after. One at a time. */
export class DatabasePreviews {
  readonly #snapshots: SnapshotsService
  readonly #closing = new AbortController()
  #turn: Promise<unknown> = Promise.resolve()
  #kept: { readonly key: string; readonly folder: string } | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(snapshots: SnapshotsService) {
    this.#snapshots = snapshots
  }

  /** Throws `path/not-found`, `snapshot/unknown`, what the repository throws. */
  read(request: DatabaseRequest, signal: AbortSignal): Promise<DatabaseInside> {
    const both = AbortSignal.any([signal, this.#closing.signal])
    const answer = this.#turn.then(() => this.#read(request, both))
    this.#turn = answer.catch(() => {}) // whoever asked hears it
    return answer
  }

  /** What was fetched for a glance is not kept any longer: it may be what somebody wants to be rid of. */
  drop(): void {
    this.#turn = this.#turn.then(() => this.#remove())
  }

  /** Ends what is being read and removes its file. */
  async close(): Promise<void> {
    this.#closing.abort()
    await this.#turn
    this.#remove()
  }

  async #read(request: DatabaseRequest, signal: AbortSignal): Promise<DatabaseInside> {
    signal.throwIfAborted()
    clearTimeout(this.#timer)
    const key = JSON.stringify([request.id, request.path])
    if (this.#kept?.key !== key) {
      this.#remove()
      const folder = await withStoredFile(this.#snapshots, request, signal, (file) => fetchDatabase(file, signal))
      if (typeof folder !== 'string') return folder
      this.#kept = { key, folder }
    }
    try {
      return await readDatabaseInThread({ path: fileIn(this.#kept.folder), table: request.table }, signal)
    } finally {
      this.#timer = setTimeout(() => this.#remove(), keptMs).unref()
    }
  }

  #remove(): void {
    clearTimeout(this.#timer)
    if (this.#kept !== undefined) rmSync(this.#kept.folder, { recursive: true, force: true })
    this.#kept = undefined
  }
}

function fileIn(folder: string): string {
  return join(folder, 'database')
}

/** The folder it was put into, or why it was not. */
async function fetchDatabase(file: StoredFile, signal: AbortSignal): Promise<string | DatabaseInside> {
  const head = await file.read(0n, magic.length, signal)
  if (Buffer.from(head).toString('latin1') !== magic) return { state: 'unreadable', reason: 'foreign' }
  if (file.sizeBytes > maximumBytes) return { state: 'unreadable', reason: 'too-large' }
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-look-'))
  try {
    const target = await open(fileIn(folder), 'wx', 0o600)
    try {
      for await (const bytes of file.pieces({ offset: 0n, length: file.sizeBytes }, signal))
        await target.writeFile(bytes)
      // Its log is another file: without it, the database is what it was when the log was last taken over.
      if (file.sizeBytes > versionsAt + 1n) await target.write(Buffer.from([1, 1]), 0, 2, Number(versionsAt))
    } finally {
      await target.close()
    }
    return folder
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw asDiskError(error, tmpdir())
  }
}
