import { createHash } from 'node:crypto'
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { changeDisk } from '../../../storage/datastore/disk-error.ts'
import { syncFolder } from '../../../storage/datastore/durable-file.ts'
import { fileSize } from '../file-size.ts'
import { hashFile, updateFromFile } from '../hash-file.ts'
import type { SnapshotFile } from '../wire/manifest.ts'
import { damaged } from './snapshot-requests.ts'

export interface SaveOptions {
  readonly file: SnapshotFile
  readonly folder: string
  /** 0o600 for keys. */
  readonly mode: number
  /** Bytes from one fsync to the next; 0 only syncs at the end, and `never` is for what no crash has to outlive. */
  readonly fsync: number | 'never'
  /** True writes under the final name at once, as a node does: its manifest says when the file is whole (§10.1). */
  readonly isInPlace?: boolean | undefined
  /** The file's bytes from an offset on. */
  read(offset: bigint): AsyncIterable<Uint8Array>
  progress?(bytes: number): void
}

/** As the reference: then the vbucket has failed. */
const MAX_ATTEMPTS = 5

/**
 * Brings one file here: goes on with what an earlier run has left, checks size and SHA-512, and only then gives the file
 * its name. A file that is there and right is not asked for. Returns its SHA-512.
 *
 * @throws HoldfastError `couchbase/damaged` when it came wrong five times, `disk/full`, …
 */
export async function saveFile(options: SaveOptions, signal: AbortSignal): Promise<string> {
  const { file, folder } = options
  const target = path.join(folder, file.path)
  const known = await knownDigest(target, options, signal)
  if (known !== undefined) return known
  await changeDisk(target, () => mkdir(path.dirname(target), { recursive: true, mode: 0o700 }))
  const part = options.isInPlace ? target : `${target}.part`
  for (let attempt = 1; ; attempt++) {
    const digest = await changeDisk(target, () => appendTo(part, options, signal))
    if (file.sha512 === undefined || file.sha512 === digest) {
      if (part !== target) await rename(part, target)
      if (options.fsync !== 'never') await syncFolder(path.dirname(target))
      return digest
    }
    await rm(part, { force: true })
    if (attempt === MAX_ATTEMPTS) throw damaged(file.path, 'its SHA-512 is not that of the manifest')
  }
}

/** Of a file that is whole already. One that is not right is removed. */
async function knownDigest(
  target: string,
  { file, isInPlace }: SaveOptions,
  signal: AbortSignal,
): Promise<string | undefined> {
  const size = await fileSize(target)
  if (size === undefined) return undefined
  if (size === file.sizeBytes) {
    const digest = await hashFile(target, size, signal)
    if (digest !== undefined && (file.sha512 === undefined || file.sha512 === digest)) return digest
  } else if (isInPlace && size < file.sizeBytes) {
    return undefined // to be continued
  }
  await rm(target, { force: true })
  return undefined
}

/** Writes what is missing at the end of a part. Returns the digest of all of it. */
async function appendTo(part: string, options: SaveOptions, signal: AbortSignal): Promise<string> {
  const { file, fsync } = options
  let offset = (await fileSize(part)) ?? 0n
  const hash = createHash('sha512')
  if (offset > file.sizeBytes) {
    await rm(part)
    offset = 0n
  }
  if (offset > 0n) await updateFromFile(hash, { file: part, length: offset, signal })
  const handle = await open(part, 'a', options.mode)
  try {
    let unsynced = 0
    for await (const piece of options.read(offset)) {
      signal.throwIfAborted()
      await writeFully(handle, piece)
      hash.update(piece)
      options.progress?.(piece.length)
      unsynced += piece.length
      if (fsync === 'never' || fsync === 0 || unsynced < fsync) continue
      await handle.datasync()
      unsynced = 0
    }
    if (fsync !== 'never') await handle.sync()
    const { size } = await handle.stat({ bigint: true })
    if (size !== file.sizeBytes) throw damaged(file.path, `${size} bytes instead of ${file.sizeBytes}`)
  } finally {
    await handle.close()
  }
  return hash.digest('hex')
}

async function writeFully(handle: FileHandle, data: Uint8Array): Promise<void> {
  for (let at = 0; at < data.length; ) at += (await handle.write(data, at)).bytesWritten
}
