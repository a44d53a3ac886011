import { createReadStream } from 'node:fs'
import { open, readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { fromBinary } from '@bufbuild/protobuf'
import BetterSqlite from 'better-sqlite3'
import { ProtocolError } from '../../../../src-shared/errors.ts'
import { errorCode } from '../../../os/system-error.ts'
import { syncFile, syncFolder } from '../../../storage/datastore/durable-file.ts'
import { type FileLock, tryLockFile } from '../../../storage/datastore/file-lock.ts'
import { type HMACKey, HMACKeySchema } from '../generated/server_pb.js'
import { openVagrantDatabase } from '../storage/open-vagrant-database.ts'
import { failure } from '../wire/failure.ts'
import { createImport } from './import-items.ts'
import { readSnapshot } from './snapshot-reader.ts'

/** Beside the database (section 14.6). An operator may put the staged file there by hand. */
const stagedName = 'vagrant-restore.db'
const temporarySuffix = '.temp'
const lockSuffix = '.lock'
/** Servers have one. */
const lookedAtKeys = 100
/** Of the compressed file. */
const maximumStagedBytes = 8 * 1024 * 1024 * 1024

export interface StagedSnapshot {
  readonly sha256: string
  /** What tokens will be signed with. */
  readonly keys: readonly HMACKey[]
}

/**
 * Keeps a snapshot to be restored at the next start. It is written under another name, read to its end with its digest, made durable,
 * and only then named. Throws ABORTED when another restore is under way, INVALID_ARGUMENT when the file is not whole: nothing is
 * staged then, and what was staged before stays.
 */
export async function stageRestore(
  folder: string,
  file: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<StagedSnapshot> {
  const staged = join(folder, stagedName)
  return await withRestoreLock(folder, async () => {
    const temporary = staged + temporarySuffix
    try {
      await spool(temporary, file, signal)
      const { sha256, keys } = await inspect(temporary, signal)
      await tryOut(temporary, signal)
      await rename(temporary, staged)
      await syncFolder(folder)
      return { sha256, keys: keys.map((bytes) => fromBinary(HMACKeySchema, bytes)) }
    } catch (error) {
      await rm(temporary, { force: true })
      if (error instanceof ProtocolError) throw failure('invalid-argument', error.message, error)
      throw error
    }
  })
}

/**
 * Restores it beside, once: what is whole, yet cannot be taken, would keep the server from its next start. Throws `ProtocolError` for
 * that.
 */
async function tryOut(file: string, signal: AbortSignal): Promise<void> {
  const trial = `${file}.trial`
  await removeDatabase(trial)
  try {
    await load(file, trial, signal)
  } catch (error) {
    signal.throwIfAborted()
    // A disk that is full or broken says nothing about the snapshot.
    if (/^(E[A-Z]+|SQLITE_(FULL|IOERR|CANTOPEN|READONLY).*)$/.test(errorCode(error) ?? '')) throw error
    const message = error instanceof Error ? error.message : String(error)
    throw new ProtocolError('vagrant snapshot', 'contents', 0, message, error)
  } finally {
    await removeDatabase(trial)
  }
}

/** Reads all of it: throws where it is not whole. */
async function inspect(
  file: string,
  signal: AbortSignal,
): Promise<{ readonly sha256: string; readonly keys: readonly Uint8Array[] }> {
  const keys: Uint8Array[] = []
  for await (const part of readSnapshot(createReadStream(file), { signal })) {
    if (part.type === 'item' && part.item.bucket === 'hmac_keys' && keys.length < lookedAtKeys)
      keys.push(part.item.value)
    if (part.type === 'verified') return { sha256: part.sha256, keys }
  }
  throw new ProtocolError('vagrant snapshot', 'trailer', 0, 'is missing')
}

/**
 * Puts a staged snapshot in the place of the database, before anything reads that. Throws, leaving both files as they are, when the
 * snapshot cannot be taken: the server does not start then. Returns whether there was one.
 */
export async function finishRestore(database: string, signal: AbortSignal): Promise<boolean> {
  const folder = dirname(database)
  const staged = join(folder, stagedName)
  if (!(await exists(staged))) return false
  return await withRestoreLock(folder, async () => {
    const fresh = database + temporarySuffix
    await removeDatabase(fresh)
    try {
      await load(staged, fresh, signal)
    } catch (error) {
      await removeDatabase(fresh)
      throw error
    }
    if (await exists(database)) {
      foldLog(database)
      await keepMode(database, fresh)
    }
    // A log that is left must not be read into the new file.
    for (const suffix of ['-wal', '-shm']) await rm(database + suffix, { force: true })
    await syncFile(fresh)
    await rename(fresh, database)
    await syncFolder(folder)
    await rm(staged)
    await syncFolder(folder)
    return true
  })
}

async function load(staged: string, fresh: string, signal: AbortSignal): Promise<void> {
  const db = openVagrantDatabase(fresh)
  try {
    db.exec('BEGIN IMMEDIATE')
    let target: ReturnType<typeof createImport> | undefined
    for await (const part of readSnapshot(createReadStream(staged), { signal })) {
      if (part.type === 'header') target = createImport(db, part.header)
      else if (part.type === 'item') target?.add(part.item)
      else if (part.type === 'verified') target?.finish()
    }
    db.exec('COMMIT')
    // One file without a log beside it can be renamed.
    db.pragma('journal_mode = DELETE')
  } finally {
    db.close()
  }
}

/** Brings what is in the old database's log into its file, so that it stays whole if the rename fails. */
function foldLog(database: string): void {
  try {
    const db = new BetterSqlite(database)
    try {
      db.pragma('wal_checkpoint(TRUNCATE)')
    } finally {
      db.close()
    }
  } catch {
    // It is damaged: that is a reason to restore, not to give up.
  }
}

async function spool(path: string, file: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void> {
  const handle = await open(path, 'w', 0o600)
  try {
    let size = 0
    for await (const piece of file) {
      signal.throwIfAborted()
      size += piece.length
      if (size > maximumStagedBytes) throw failure('resource-exhausted', 'the snapshot is too large')
      await handle.writeFile(piece)
    }
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function withRestoreLock<Result>(folder: string, work: () => Promise<Result>): Promise<Result> {
  const lock: FileLock | undefined = await tryLockFile(join(folder, stagedName + lockSuffix), 'exclusive')
  if (lock === undefined) throw failure('aborted', 'a restore is already in progress')
  try {
    return await work()
  } finally {
    await lock.release()
  }
}

async function keepMode(from: string, to: string): Promise<void> {
  const { mode } = await stat(from)
  const handle = await open(to, 'r+')
  try {
    await handle.chmod(mode & 0o7777)
  } finally {
    await handle.close()
  }
}

async function removeDatabase(path: string): Promise<void> {
  const name = basename(path)
  for (const entry of await readdir(dirname(path))) {
    if (entry === name || entry.startsWith(`${name}-`)) await rm(join(dirname(path), entry), { force: true })
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false
    throw error
  }
}
