import type { Digest } from '../../../../../src-shared/model/digest.ts'
import { FIXED_CHUNK_BYTES } from '../../../../storage/fixed-index.ts'
import { freeMemory } from '../../../../storage/free-memory.ts'
import { ApiError } from '../api-error.ts'
import type { RequestBody } from '../http/request-body.ts'
import type { BackupSession } from './backup-session.ts'
import type { IndexWriter } from './index-writer.ts'

export interface ChunkUpload {
  readonly wid: number
  readonly digest: Digest
  readonly size: number
  readonly 'encoded-size': number
}

/**
 * Receives, checks and stores a chunk, and from then on the connection may refer to it (spec pbs §2.2). Only then the
 * writer is looked up, as in PBS. Returns the digest.
 */
export async function uploadChunk(
  session: BackupSession,
  kind: IndexWriter['kind'],
  upload: ChunkUpload,
  body: RequestBody,
): Promise<Digest> {
  session.checkActive()
  const { digest, size, 'encoded-size': encodedSize } = upload
  const tooLarge = () => new ApiError('uploaded chunk is larger than announced.')
  const received = await body.collect(encodedSize, tooLarge, encodedSize)
  if (received.length !== encodedSize) throw new ApiError('uploaded chunk has unexpected size.')
  const blob = await session.context.checker.check(received, { digest, size })
  const { isNew, storedBytes } = await session.served.store.chunks.insert(digest, blob)
  freeMemory(blob)
  session.checkActive()
  session.registerChunk(digest, size)
  session.context.connection.uploaded(encodedSize)
  countChunk(session, kind, upload, { isNew, storedBytes })
  return digest
}

function countChunk(
  session: BackupSession,
  kind: IndexWriter['kind'],
  { wid, size }: ChunkUpload,
  { isNew, storedBytes }: { readonly isNew: boolean; readonly storedBytes: number },
): void {
  const writer = kind === 'dynamic' ? session.dynamicWriter(wid) : session.fixedWriter(wid)
  if (writer.kind === 'fixed') {
    if (size > FIXED_CHUNK_BYTES) throw new ApiError(`got large chunk (${size} > ${FIXED_CHUNK_BYTES}`)
    if (size < FIXED_CHUNK_BYTES && ++writer.smallChunks > 1)
      throw new ApiError('detected multiple end chunks (chunk size too small)')
  }
  writer.stats.count++
  writer.stats.size += size
  writer.stats.compressedSize += storedBytes
  if (!isNew) writer.stats.duplicates++
}
