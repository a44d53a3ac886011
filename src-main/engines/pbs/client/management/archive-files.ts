import { z } from 'zod'
import type { PbsApi } from '../pbs-api.ts'
import { snapshotParameters } from '../snapshot-parameters.ts'
import type { SnapshotPlace } from './snapshots.ts'

/** Looking into archives with the server's own eyes, for those that are not encrypted (spec pbs §8.3, §8.4). */

const size = z.union([z.int(), z.bigint()]).transform(BigInt)
const entry = z.object({
  filepath: z.string(),
  text: z.string(),
  type: z.enum(['d', 'f', 'l', 'h', 'b', 'c', 'p', 's', 'v']),
  leaf: z.boolean(),
  size: size.nullish(),
  mtime: z.int().nullish(),
})

export type CatalogEntry = z.infer<typeof entry>

/** A path in the catalog, whose first component is the archive; empty for the list of archives. */
export interface CatalogPlace extends SnapshotPlace {
  readonly path: Uint8Array
}

/** The children of a folder. Folders of split archives need the name of the archive: give it as the first component. */
export async function listCatalog(
  api: PbsApi,
  { store, ref, path, archive }: CatalogPlace & { readonly archive?: string | undefined },
  signal: AbortSignal,
): Promise<readonly CatalogEntry[]> {
  const filepath = path.length === 0 ? 'root' : Buffer.from(path).toString('base64')
  const parameters = { ...snapshotParameters(ref), filepath, 'archive-name': archive }
  return await api.call(z.array(entry), { method: 'GET', path: `admin/datastore/${store}/catalog`, parameters }, signal)
}

/** A file as its bytes, a folder as a ZIP, or with `asTar` as a tar that is compressed with zstd. */
export function downloadFromArchive(
  api: PbsApi,
  { store, ref, path, asTar = false }: CatalogPlace & { readonly asTar?: boolean },
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const filepath = Buffer.from(path).toString('base64')
  const parameters = { ...snapshotParameters(ref), filepath, ...(asTar ? { tar: true } : {}) }
  return api.stream({ path: `admin/datastore/${store}/pxar-file-download`, parameters }, signal)
}
