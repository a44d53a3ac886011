import type { SnapshotRef } from '../../../src-shared/model/snapshot.ts'
import type { PbsApi } from '../../engines/pbs/client/pbs-api.ts'
import { ReaderSession } from '../../engines/pbs/client/reader/reader-session.ts'
import type { ChunkCache } from '../pxar-snapshot/chunk-cache.ts'
import { ownBytes } from '../pxar-snapshot/own-bytes.ts'
import type { SnapshotFiles } from '../pxar-snapshot/snapshot-backend.ts'

export interface PbsFilesOptions {
  readonly datastore: string
  readonly ref: SnapshotRef
  readonly cache: ChunkCache | undefined
}

/** A snapshot on a server, for reading: the server keeps it from being removed while the connection is there. */
export async function openPbsFiles(
  api: PbsApi,
  { datastore, ref, cache }: PbsFilesOptions,
  signal: AbortSignal,
): Promise<SnapshotFiles> {
  const session = await ReaderSession.open(api, { datastore, ref }, signal)
  return {
    file: (filename, fileSignal) => session.download(filename, fileSignal),
    async chunk(digest, chunkSignal, isOnce = false) {
      const cached = await cache?.get(digest)
      chunkSignal.throwIfAborted()
      if (cached !== undefined) return new Uint8Array(cached) // it stands before its checksum
      const bytes = await session.chunk(digest, chunkSignal)
      // Before it is handed over: then its buffer moves away. A restore would only push out what is looked at.
      if (!isOnce) await cache?.put(digest, bytes)
      return ownBytes(bytes)
    },
    close: () => session.close(),
  }
}
