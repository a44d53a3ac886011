import type { Digest } from '../../../../src-shared/model/digest.ts'
import type { Bucket } from '../bucket.ts'
import { chunkName } from '../object-names.ts'

/** More are evidence enough. */
const BAD_COPIES = 10

/**
 * Takes a damaged chunk out of use as `<digest>.N.bad`, so that the next backup stores it again (spec pbs §8.7). What stays in
 * its place is empty, which counts as absent; it is put there only if the chunk is still the one that was read, as `etag` says:
 * another computer may have stored a good one since, and stores do not delete on a condition. Who dies in between leaves a copy
 * too many.
 */
export async function setChunkAside(
  bucket: Bucket,
  { digest, etag }: { readonly digest: Digest; readonly etag: string | undefined },
  signal: AbortSignal,
): Promise<void> {
  const name = chunkName(digest)
  const taken = new Set<string>()
  for await (const object of bucket.list(`${name}.`, signal)) taken.add(object.name)
  const target = Array.from({ length: BAD_COPIES }, (_, copy) => `${name}.${copy}.bad`).find((bad) => !taken.has(bad))
  if (target !== undefined && !(await bucket.copy(name, target, signal))) return // gone: somebody else was faster
  await bucket.put(name, new Uint8Array(), signal, { ifMatch: etag })
}
