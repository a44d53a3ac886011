import { z } from 'zod'
import { HoldfastError } from '../../../../../src-shared/errors.ts'
import { inspectBlob, MAX_CHUNK_BYTES, MAX_ENCODED_CHUNK_BYTES, PLAIN_HEADER_BYTES } from '../../../../storage/blob.ts'
import { isArchiveName } from '../../../../storage/datastore/layout.ts'
import { digestText, integer, list, safeId } from '../../wire/parameters.ts'
import { ApiError } from '../api-error.ts'
import { listSubdirectories, type Route, route } from '../http/route.ts'
import { type BackupSession, MAX_WRITERS } from './backup-session.ts'
import type { IndexWriter } from './index-writer.ts'
import { downloadPrevious, readReusedIndex } from './previous.ts'
import { uploadChunk } from './upload-chunk.ts'

/** Longest list of one append: what fits into the body of a call with parameters, and more. */
const MAX_APPENDS = 1 << 16

const writerId = integer(1, MAX_WRITERS)
const nothing = z.strictObject({})
const archive = z.strictObject({ 'archive-name': safeId() })
const chunk = z.strictObject({
  wid: writerId,
  digest: digestText(),
  size: integer(1, MAX_CHUNK_BYTES),
  'encoded-size': integer(PLAIN_HEADER_BYTES + 1, MAX_ENCODED_CHUNK_BYTES),
})
const appends = z.strictObject({
  wid: writerId,
  'digest-list': list(digestText(), MAX_APPENDS),
  'offset-list': list(integer(0), MAX_APPENDS),
})
const closing = (least: number) =>
  z.strictObject({ wid: writerId, 'chunk-count': integer(least), size: integer(least), csum: digestText() })

/** Everything a backup connection may call (spec pbs §2). */
export const backupRoutes: readonly Route<BackupSession>[] = [
  route({
    method: 'GET',
    path: '',
    parameters: nothing,
    handle: async () => ({ data: listSubdirectories(backupRoutes) }),
  }),
  route({
    method: 'POST',
    path: 'blob',
    hasRawBody: true,
    parameters: z.strictObject({
      'file-name': safeId(),
      'encoded-size': integer(PLAIN_HEADER_BYTES, MAX_ENCODED_CHUNK_BYTES),
    }),
    async handle(session: BackupSession, { parameters, body }) {
      session.checkActive()
      const { 'file-name': filename, 'encoded-size': size } = parameters
      if (!filename.endsWith('.blob')) throw new ApiError(`wrong blob file extension: '${filename}'`)
      const unexpected = (bytes: number) => new ApiError(`got blob with unexpected length (${size} != ${bytes})`)
      const blob = await body.collect(size, unexpected)
      if (blob.length !== size) throw unexpected(blob.length)
      checkBlob(blob)
      session.checkActive()
      await session.addBlob(filename, blob)
      return { data: null }
    },
  }),
  ...(['dynamic', 'fixed'] as const).map((kind) =>
    route({
      method: 'POST',
      path: `${kind}_chunk`,
      hasRawBody: true,
      parameters: chunk,
      handle: async (session: BackupSession, { parameters, body }) => ({
        data: await uploadChunk(session, kind, parameters, body),
      }),
    }),
  ),
  route({
    method: 'POST',
    path: 'dynamic_index',
    parameters: archive,
    async handle(session: BackupSession, { parameters: { 'archive-name': filename } }) {
      session.checkActive()
      checkExtension(filename, '.didx')
      return { data: session.addDynamicWriter(filename) }
    },
  }),
  route({
    method: 'POST',
    path: 'fixed_index',
    parameters: z.strictObject({
      'archive-name': safeId(),
      size: integer(1).optional(),
      'reuse-csum': digestText().optional(),
    }),
    async handle(session: BackupSession, { parameters: { 'archive-name': filename, size, 'reuse-csum': csum } }) {
      session.checkActive()
      checkExtension(filename, '.fidx')
      const base = csum === undefined ? undefined : await readReusedIndex(session, { filename, size, csum })
      session.checkActive()
      return { data: session.addFixedWriter(filename, { size, base }) }
    },
  }),
  ...(['dynamic', 'fixed'] as const).map((kind) =>
    route({
      method: 'PUT',
      path: `${kind}_index`,
      parameters: appends,
      async handle(session: BackupSession, { parameters }) {
        session.checkActive()
        const { wid, 'digest-list': digests, 'offset-list': offsets } = parameters
        if (digests.length !== offsets.length)
          throw new ApiError(`offset list has wrong length (${digests.length} != ${offsets.length})`)
        const writer = writerOf(session, kind, wid)
        for (const [position, digest] of digests.entries()) {
          // The lists have the same length.
          session.appendChunk(writer, { offset: offsets[position] ?? 0, digest })
        }
        return { data: null }
      },
    }),
  ),
  ...(['dynamic', 'fixed'] as const).map((kind) =>
    route({
      method: 'POST',
      path: `${kind}_close`,
      parameters: closing(kind === 'dynamic' ? 1 : 0),
      async handle(session: BackupSession, { parameters }) {
        session.checkActive()
        const { wid, 'chunk-count': chunkCount, size, csum } = parameters
        await session.closeWriter(wid, writerOf(session, kind, wid), { chunkCount, size, csum })
        return { data: null }
      },
    }),
  ),
  route({
    method: 'GET',
    path: 'previous',
    parameters: archive,
    async handle(session: BackupSession, { parameters: { 'archive-name': filename }, signal }) {
      if (!isArchiveName(filename)) throw new ApiError(`cannot register chunks of '${filename}': wrong extension`)
      return { bytes: await downloadPrevious(session, filename, signal) }
    },
  }),
  route({
    method: 'GET',
    path: 'previous_backup_time',
    parameters: nothing,
    handle: async (session: BackupSession) => ({ data: session.base?.time ?? null }),
  }),
  route({
    method: 'POST',
    path: 'speedtest',
    hasRawBody: true,
    parameters: nothing,
    async handle(_session: BackupSession, { body }) {
      for await (const _piece of body);
      return { data: null }
    },
  }),
  route({
    method: 'POST',
    path: 'finish',
    parameters: nothing,
    async handle(session: BackupSession) {
      await session.finish()
      return { data: null }
    },
  }),
]

function writerOf(session: BackupSession, kind: IndexWriter['kind'], id: number): IndexWriter {
  return kind === 'dynamic' ? session.dynamicWriter(id) : session.fixedWriter(id)
}

function checkExtension(filename: string, extension: string): void {
  if (!filename.endsWith(extension)) throw new ApiError(`wrong archive extension: '${filename}'`)
}

function checkBlob(blob: Uint8Array): void {
  try {
    inspectBlob(blob)
  } catch (error) {
    if (error instanceof HoldfastError) throw new ApiError(`unable to parse raw blob - ${error.message}`, 400, error)
    throw error
  }
}
