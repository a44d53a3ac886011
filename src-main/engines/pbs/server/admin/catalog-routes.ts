import { z } from 'zod'
import type { SnapshotRef } from '../../../../../src-shared/model/snapshot.ts'
import { type CatalogEntry, typeBytes } from '../../../../archive/pcat1/catalog-entry.ts'
import { CatalogReader } from '../../../../archive/pcat1/reader.ts'
import type { PxarNode } from '../../../../archive/pxar/accessor.ts'
import type { JsonObject } from '../../../../storage/canonical-json.ts'
import { parseIndex } from '../../../../storage/datastore/parse-index.ts'
import type { ChunkSealer } from '../../../../storage/seal/chunk-sealer.ts'
import { datastoreName, flag, namespaceField, safeId, snapshotFields, text } from '../../wire/parameters.ts'
import { type Needs, openGroup, snapshotOf } from '../guard.ts'
import { type Route, route } from '../http/route.ts'
import type { ApiContext, ServedDatastore } from '../server-context.ts'
import { formatFilePath, notFound, parseFilePath } from './archive-path.ts'
import { downloadNode } from './download-node.ts'
import { checkNotEncrypted, readFileOf } from './file-routes.ts'
import { openArchive } from './pxar-archive.ts'
import { findSnapshot } from './snapshot-routes.ts'
import { openStream } from './stored-stream.ts'

/** Base64 of the longest path in a request line. */
const MAX_PATH_LENGTH = 3072
const CATALOG_NAME = 'catalog.pcat1.didx'
const NANOSECONDS = 1_000_000_000n

const onePath = {
  store: datastoreName(),
  ...namespaceField,
  ...snapshotFields,
  filepath: text(MAX_PATH_LENGTH),
  'archive-name': safeId().optional(),
}
const reading: Needs = { full: ['Datastore.Read'], asOwner: 'Datastore.Backup' }

/** Looking into file archives on the server: listings and single downloads (spec pbs §8.3, §8.4). */
export const catalogRoutes: readonly Route<ApiContext>[] = [
  route({
    method: 'GET',
    path: 'admin/datastore/{store}/catalog',
    parameters: z.strictObject(onePath),
    async handle(context: ApiContext, { parameters, signal }) {
      const served = await openGroup(context, parameters, reading)
      const { ref } = await findSnapshot(served, snapshotOf(parameters))
      const path = parseFilePath(parameters.filepath)
      const { 'archive-name': name } = parameters
      const { sealer } = context
      if (name === undefined) return { data: await listCatalog(served, ref, { path, sealer, signal }) }
      return { data: await listArchive(served, ref, { name, path, sealer, signal }) }
    },
  }),
  route({
    method: 'GET',
    path: 'admin/datastore/{store}/pxar-file-download',
    hasRawBody: true,
    parameters: z.strictObject({ ...onePath, tar: flag().optional() }),
    async handle(context: ApiContext, { parameters, signal }) {
      const served = await openGroup(context, parameters, reading)
      const { ref } = await findSnapshot(served, snapshotOf(parameters))
      const path = parseFilePath(parameters.filepath)
      // Without the archive's name the path begins with it.
      const name = parameters['archive-name'] ?? Buffer.from(path[0] ?? '').toString()
      const inside = parameters['archive-name'] === undefined ? path.slice(1) : path
      const archive = await openArchive(served, ref, { name, sealer: context.sealer, signal })
      const node = await archive.lookup(inside, signal)
      if (node === undefined) throw notFound(path)
      return { bytes: downloadNode(archive, { node, path: inside, asTar: parameters.tar === true, name, signal }) }
    },
  }),
]

interface Place {
  readonly path: readonly Uint8Array[]
  readonly sealer: ChunkSealer
  readonly signal: AbortSignal
}

async function listCatalog(
  served: ServedDatastore,
  ref: SnapshotRef,
  { path, sealer, signal }: Place,
): Promise<readonly JsonObject[]> {
  await checkNotEncrypted(served, ref, CATALOG_NAME)
  const index = parseIndex(CATALOG_NAME, await readFileOf(served, ref, CATALOG_NAME))
  const catalog = await CatalogReader.open(openStream(served, index, sealer), signal)
  const directory = path.length === 0 ? undefined : await catalog.lookup(path, signal)
  if (path.length > 0 && directory?.kind !== 'directory') throw notFound(path)
  const block = directory?.kind === 'directory' ? directory.block : catalog.root
  return (await catalog.read(block, signal)).map((entry) => catalogItem(path, entry))
}

async function listArchive(
  served: ServedDatastore,
  ref: SnapshotRef,
  { name, path, sealer, signal }: Place & { readonly name: string },
): Promise<readonly JsonObject[]> {
  const archive = await openArchive(served, ref, { name, sealer, signal })
  const directory = await archive.lookup(path, signal)
  if (directory?.kind !== 'directory') throw notFound(path)
  const items: JsonObject[] = []
  for await (const node of archive.list(directory, signal)) items.push(archiveItem(path, node))
  return items
}

function catalogItem(parents: readonly Uint8Array[], entry: CatalogEntry): JsonObject {
  const facts = entry.kind === 'file' ? { size: entry.sizeBytes, mtime: entry.mtimeSeconds } : {}
  return { ...listItem(parents, entry.name, entry.kind), ...facts }
}

function archiveItem(parents: readonly Uint8Array[], node: PxarNode): JsonObject {
  if (node.kind !== 'file') return listItem(parents, node.name, node.kind)
  if (node.linkedTo !== undefined) return listItem(parents, node.name, 'hardlink')
  const mtime = node.metadata.mtimeNs / NANOSECONDS
  return { ...listItem(parents, node.name, 'file'), size: node.sizeBytes, mtime }
}

function listItem(parents: readonly Uint8Array[], name: Uint8Array, kind: CatalogEntry['kind']): JsonObject {
  return {
    filepath: formatFilePath(parents, name),
    text: Buffer.from(name).toString(),
    type: String.fromCharCode(typeBytes[kind]),
    leaf: kind !== 'directory',
  }
}
