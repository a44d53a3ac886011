import type { SnapshotRef } from '../../../../../src-shared/model/snapshot.ts'
import { PxarAccessor } from '../../../../archive/pxar/accessor.ts'
import { parseIndex } from '../../../../storage/datastore/parse-index.ts'
import { inspectSnapshot } from '../../../../storage/datastore/snapshot-list.ts'
import type { ChunkSealer } from '../../../../storage/seal/chunk-sealer.ts'
import { ApiError } from '../api-error.ts'
import type { ServedDatastore } from '../server-context.ts'
import { checkNotEncrypted, readFileOf } from './file-routes.ts'
import { openStream } from './stored-stream.ts'

/**
 * Opens a file archive of a snapshot. The name of a unified one, `root.pxar.didx`, is good for a split one too, which
 * is `root.mpxar.didx` with `root.ppxar.didx` (spec pbs §8.4). Refuses encrypted ones.
 */
export async function openArchive(
  served: ServedDatastore,
  ref: SnapshotRef,
  { name, sealer, signal }: { readonly name: string; readonly sealer: ChunkSealer; readonly signal: AbortSignal },
): Promise<PxarAccessor> {
  const base = /^(.+)\.(?:pxar|mpxar)\.didx$/.exec(name)?.[1]
  if (base === undefined) throw new ApiError(`'${name.slice(0, 300)}' is not a file archive`)
  const open = async (filename: string) => {
    await checkNotEncrypted(served, ref, filename)
    return openStream(served, parseIndex(filename, await readFileOf(served, ref, filename)), sealer)
  }
  const filenames = (await inspectSnapshot(served.store, ref))?.filenames ?? []
  const unified = `${base}.pxar.didx`
  if (name === unified && filenames.includes(unified)) return await PxarAccessor.open(await open(unified), { signal })
  const metadata = await open(`${base}.mpxar.didx`)
  return await PxarAccessor.open(metadata, { signal, payload: await open(`${base}.ppxar.didx`) })
}
