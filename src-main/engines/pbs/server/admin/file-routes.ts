import { z } from 'zod'
import { HoldfastError } from '../../../../../src-shared/errors.ts'
import type { SnapshotRef } from '../../../../../src-shared/model/snapshot.ts'
import {
  decodeBlob,
  inspectBlob,
  MAX_BLOB_PLAIN_BYTES,
  MAX_ENCODED_CHUNK_BYTES,
  PLAIN_HEADER_BYTES,
  readKind,
} from '../../../../storage/blob.ts'
import { CLIENT_LOG_NAME, isArchiveName, MANIFEST_NAME } from '../../../../storage/datastore/layout.ts'
import { parseIndex } from '../../../../storage/datastore/parse-index.ts'
import { addSnapshotFile, readSnapshotFile, sizeSnapshotFile } from '../../../../storage/datastore/snapshot-dir.ts'
import { findFile, parseManifest } from '../../../../storage/manifest.ts'
import { datastoreName, namespaceField, safeId, snapshotFields } from '../../wire/parameters.ts'
import { ApiError } from '../api-error.ts'
import { type Needs, openGroup, snapshotOf } from '../guard.ts'
import { type Route, route } from '../http/route.ts'
import type { ApiContext, ServedDatastore } from '../server-context.ts'
import { findSnapshot } from './snapshot-routes.ts'
import { openStream } from './stored-stream.ts'

const oneSnapshot = { store: datastoreName(), ...namespaceField, ...snapshotFields }
const reading: Needs = { full: ['Datastore.Read'], asOwner: 'Datastore.Backup' }

/** Whole files of a snapshot, as stored and decoded, and the client's log (spec pbs §8.1). */
export const fileRoutes: readonly Route<ApiContext>[] = [
  route({
    method: 'GET',
    path: 'admin/datastore/{store}/download',
    hasRawBody: true,
    parameters: z.strictObject({ ...oneSnapshot, 'file-name': safeId() }),
    async handle(context: ApiContext, { parameters }) {
      const served = await openGroup(context, parameters, reading)
      const ref = snapshotOf(parameters)
      await findSnapshot(served, ref)
      return { bytes: await readFileOf(served, ref, parameters['file-name']) }
    },
  }),
  route({
    method: 'GET',
    path: 'admin/datastore/{store}/download-decoded',
    hasRawBody: true,
    parameters: z.strictObject({ ...oneSnapshot, 'file-name': safeId() }),
    async handle(context: ApiContext, { parameters, signal }) {
      const served = await openGroup(context, parameters, reading)
      const ref = snapshotOf(parameters)
      await findSnapshot(served, ref)
      const filename = parameters['file-name']
      await checkNotEncrypted(served, ref, filename)
      const file = await readFileOf(served, ref, filename)
      if (!filename.endsWith('.blob')) {
        return { bytes: openStream(served, parseIndex(filename, file), context.sealer).pieces(signal) }
      }
      if (readKind(file).isEncrypted) throw encrypted(filename)
      return { bytes: decodeBlob(file, { maxPlainBytes: MAX_BLOB_PLAIN_BYTES }) }
    },
  }),
  route({
    method: 'POST',
    path: 'admin/datastore/{store}/upload-backup-log',
    hasRawBody: true,
    parameters: z.strictObject(oneSnapshot),
    async handle(context: ApiContext, { parameters, body }) {
      // Also who may do everything adds a log to groups of his own only.
      const served = await openGroup(context, parameters, { asOwner: 'Datastore.Backup' })
      const { ref } = await findSnapshot(served, snapshotOf(parameters))
      const isThere = async () => (await sizeSnapshotFile(served.store, ref, CLIENT_LOG_NAME)) !== undefined
      if (await isThere()) throw new ApiError('backup already contains a log.')
      const blob = await body.collect(MAX_ENCODED_CHUNK_BYTES)
      if (blob.length < PLAIN_HEADER_BYTES) throw new ApiError(`data blob too small (${blob.length} bytes).`)
      inspectBlob(blob)
      if (await isThere()) throw new ApiError('backup already contains a log.')
      await addSnapshotFile(served.store, ref, CLIENT_LOG_NAME, blob)
      return { data: null }
    },
  }),
]

/** Refuses what the manifest calls encrypted, with PBS's text: here is no key. */
export async function checkNotEncrypted(served: ServedDatastore, ref: SnapshotRef, filename: string): Promise<void> {
  const manifest = parseManifest(await readSnapshotFile(served.store, ref, MANIFEST_NAME))
  if (findFile(manifest, filename)?.['crypt-mode'] === 'encrypt') throw encrypted(filename)
}

/** Throws 404 for a file the snapshot does not have. */
export async function readFileOf({ store }: ServedDatastore, ref: SnapshotRef, filename: string): Promise<Uint8Array> {
  if (!isArchiveName(filename)) throw new ApiError(`file '${filename}' has the wrong extension`)
  try {
    return await readSnapshotFile(store, ref, filename)
  } catch (error) {
    if (error instanceof HoldfastError && (error.code === 'path/not-found' || error.code === 'snapshot/unknown'))
      throw new ApiError(`open file '${filename}' failed`, 404, error)
    throw error
  }
}

function encrypted(filename: string): ApiError {
  return new ApiError(`cannot decode '${filename}' - is encrypted`)
}
