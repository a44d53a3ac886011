import { type Chunk, type Connection, chunkPath, dataOf, dynamicCsum, makeBlob, sha256 } from './raw-client.fixture.ts'
import { target } from './server.fixture.ts'

/** The calls of a whole backup, step by step (spec pbs §9.3). */

export interface StoredFile {
  readonly filename: string
  readonly size: number
  readonly csum: string
}

export async function openDynamic(connection: Connection, name: string): Promise<number> {
  return Number(dataOf(await connection.post(`/dynamic_index?archive-name=${name}`)))
}

export async function uploadDynamic(
  connection: Connection,
  name: string,
  chunks: readonly Chunk[],
): Promise<StoredFile> {
  const wid = await openDynamic(connection, name)
  await Promise.all(
    chunks.map(async (chunk) => dataOf(await connection.post(chunkPath('dynamic', wid, chunk), chunk.blob))),
  )
  return await nameDynamic(connection, { wid, name }, chunks)
}

/** Appends chunks that the server knows, and closes the index. */
export async function nameDynamic(
  connection: Connection,
  { wid, name }: { readonly wid: number; readonly name: string },
  chunks: readonly Pick<Chunk, 'digest' | 'size'>[],
): Promise<StoredFile> {
  const offsets: number[] = []
  let size = 0
  for (const chunk of chunks) {
    offsets.push(size)
    size += chunk.size
  }
  const append = { wid, 'digest-list': chunks.map(({ digest }) => digest), 'offset-list': offsets }
  dataOf(await connection.sendJson('PUT', '/dynamic_index', append))
  const csum = dynamicCsum(chunks)
  dataOf(await connection.post(`/dynamic_close?chunk-count=${chunks.length}&csum=${csum}&size=${size}&wid=${wid}`))
  return { filename: name, size, csum }
}

export async function uploadBlob(connection: Connection, filename: string, blob: Uint8Array): Promise<StoredFile> {
  dataOf(await connection.post(`/blob?encoded-size=${blob.length}&file-name=${filename}`, blob))
  return { filename, size: blob.length, csum: sha256(blob) }
}

export interface ManifestOptions {
  readonly time?: number
  readonly id?: string
  readonly cryptMode?: string
  readonly fingerprint?: string
}

export function makeManifest(
  files: readonly StoredFile[],
  { time = target['backup-time'], id = target['backup-id'], cryptMode = 'none', fingerprint }: ManifestOptions = {},
): Buffer {
  const manifest = {
    'backup-type': 'host',
    'backup-id': id,
    'backup-time': time,
    files: files.map((file) => ({ ...file, 'crypt-mode': cryptMode })),
    signature: null,
    unprotected: fingerprint === undefined ? {} : { 'key-fingerprint': fingerprint },
  }
  return makeBlob(Buffer.from(JSON.stringify(manifest)))
}

export async function finish(
  connection: Connection,
  files: readonly StoredFile[],
  options: ManifestOptions = {},
): Promise<void> {
  await uploadBlob(connection, 'index.json.blob', makeManifest(files, options))
  dataOf(await connection.post('/finish'))
  await connection.drop()
}
