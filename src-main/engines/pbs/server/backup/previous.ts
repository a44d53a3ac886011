import { HoldfastError } from '../../../../../src-shared/errors.ts'
import type { ChunkRef } from '../../../../storage/chunk-index.ts'
import { readSnapshotFile } from '../../../../storage/datastore/snapshot-dir.ts'
import { FIXED_CHUNK_BYTES, FixedIndex } from '../../../../storage/fixed-index.ts'
import { ApiError } from '../api-error.ts'
import { registerIndex } from '../register-index.ts'
import type { BackupSession } from './backup-session.ts'

/** What of the previous snapshot a new one may build on (spec pbs §2.3, §2.6). */

/** A file of the base. The chunks of an index are known from then on. */
export async function downloadPrevious(
  session: BackupSession,
  filename: string,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const { base, served, task } = session
  if (base === undefined) throw new ApiError('no valid previous backup')
  const file = await readBaseFile(session, filename, () => new ApiError(`open file '${filename}' failed`, 404))
  if (!filename.endsWith('.blob')) {
    const register = ({ digest, sizeBytes }: ChunkRef) => session.registerChunk(digest, sizeBytes)
    await registerIndex(filename, file, { register, signal })
    task.log.add(`register chunks in '${filename}' from previous backup of '${served.name}'.`)
  }
  task.log.add(`download '${filename}' from previous backup.`)
  return file
}

/** The index that an incremental one starts from, if it is the one the client means. */
export async function readReusedIndex(
  session: BackupSession,
  { filename, size, csum }: { readonly filename: string; readonly size: number | undefined; readonly csum: string },
): Promise<FixedIndex> {
  if (size === undefined) throw new ApiError('size is required for incremental backups')
  if (session.base === undefined) throw new ApiError('cannot reuse index - no valid previous backup exists')
  const missing = () => new ApiError('cannot reuse index - no previous backup exists for archive')
  const index = FixedIndex.parse(await readBaseFile(session, filename, missing))
  const actual = index.csum()
  if (actual !== csum) {
    throw new ApiError(`expected csum (${csum}) doesn't match last backup's (${actual}), cannot do incremental backup`)
  }
  if (index.chunkBytes !== FIXED_CHUNK_BYTES || index.count !== Math.ceil(size / FIXED_CHUNK_BYTES)) {
    throw new ApiError('cannot reuse previous backup - index sizes not equal')
  }
  return index
}

async function readBaseFile(session: BackupSession, filename: string, missing: () => ApiError): Promise<Uint8Array> {
  const { base, served } = session
  if (base === undefined) throw missing()
  try {
    return await readSnapshotFile(served.store, base, filename)
  } catch (error) {
    const isAbsent =
      error instanceof HoldfastError && (error.code === 'path/not-found' || error.code === 'snapshot/unknown')
    throw isAbsent ? missing() : error
  }
}
