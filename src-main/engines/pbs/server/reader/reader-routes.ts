import { z } from 'zod'
import { HoldfastError } from '../../../../../src-shared/errors.ts'
import type { ChunkRef } from '../../../../storage/chunk-index.ts'
import { isArchiveName } from '../../../../storage/datastore/layout.ts'
import { readSnapshotFile } from '../../../../storage/datastore/snapshot-dir.ts'
import { digestText, safeId } from '../../wire/parameters.ts'
import { ApiError } from '../api-error.ts'
import { listSubdirectories, type Route, route } from '../http/route.ts'
import { registerIndex } from '../register-index.ts'
import type { ReaderSession } from './reader-session.ts'

const SPEEDTEST_BYTES = 1 << 20
const SPEEDTEST_BYTE = 0x41

const nothing = z.strictObject({})

/** Everything a reader connection may call (spec pbs §3). */
export const readerRoutes: readonly Route<ReaderSession>[] = [
  route({
    method: 'GET',
    path: '',
    parameters: nothing,
    handle: async () => ({ data: listSubdirectories(readerRoutes) }),
  }),
  route({
    method: 'GET',
    path: 'download',
    hasRawBody: true,
    parameters: z.strictObject({ 'file-name': safeId() }),
    async handle(session: ReaderSession, { parameters: { 'file-name': filename }, signal }) {
      if (!isArchiveName(filename)) throw new ApiError(`file '${filename}' has the wrong extension`)
      const file = await readFileOf(session, filename)
      if (!filename.endsWith('.blob')) {
        const register = ({ digest, sizeBytes }: ChunkRef) => {
          if (!session.allow(digest, sizeBytes)) throw new ApiError('too many chunks for one connection')
        }
        await registerIndex(filename, file, { register, signal })
      }
      session.task.log.add(`download "${filename}"`)
      return { bytes: file }
    },
  }),
  route({
    method: 'GET',
    path: 'chunk',
    hasRawBody: true,
    parameters: z.strictObject({ digest: digestText() }),
    async handle(session: ReaderSession, { parameters: { digest } }) {
      if (!session.mayRead(digest)) throw new ApiError(`download chunk ${digest} not allowed`, 401)
      try {
        // A corrupt chunk is delivered as it is: the client checks.
        return { bytes: await session.served.store.chunks.read(digest) }
      } catch (error) {
        if (error instanceof HoldfastError) throw new ApiError(`reading file '${digest}' failed: ${error.message}`)
        throw error
      }
    },
  }),
  route({
    method: 'GET',
    path: 'speedtest',
    parameters: nothing,
    handle: async () => ({ bytes: Buffer.alloc(SPEEDTEST_BYTES, SPEEDTEST_BYTE) }),
  }),
]

async function readFileOf({ served, ref }: ReaderSession, filename: string): Promise<Uint8Array> {
  try {
    return await readSnapshotFile(served.store, ref, filename)
  } catch (error) {
    if (error instanceof HoldfastError && (error.code === 'path/not-found' || error.code === 'snapshot/unknown'))
      throw new ApiError(`open file '${filename}' failed`, 404, error)
    throw error
  }
}
