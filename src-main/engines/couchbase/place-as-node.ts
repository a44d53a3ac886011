import { constants } from 'node:fs'
import { chmod, copyFile, mkdir, readdir, rename, stat } from 'node:fs/promises'
import path from 'node:path'
import { HoldfastError } from '../../../src-shared/errors.ts'
import { changeDisk } from '../../storage/datastore/disk-error.ts'
import { removeQuietly, syncFile, syncFolder, temporaryName } from '../../storage/datastore/durable-file.ts'
import { hashFile } from './hash-file.ts'
import { readStoredManifest } from './stored-manifest.ts'
import type { SnapshotFile } from './wire/manifest.ts'

/**
 * Lays a stored bucket out as the data folder of a node (spec couchbase §11): the files of all vbuckets beside each
 * other, keys in `deks/`. Returns how many vbuckets there are. The target must not hold files of the same names.
 *
 * @throws HoldfastError `couchbase/damaged` for a file that is not what its manifest says, `path/not-empty`
 */
export async function placeAsNode(
  {
    stored,
    target,
    onPlaced,
  }: { readonly stored: string; readonly target: string; readonly onPlaced?: ((vbid: number) => void) | undefined },
  signal: AbortSignal,
): Promise<number> {
  let count = 0
  for (const entry of await readdir(stored)) {
    if (!/^\d{1,5}$/.test(entry)) continue
    const from = path.join(stored, entry)
    const manifest = await readStoredManifest(stored, entry)
    if (manifest === undefined) throw new HoldfastError('couchbase/damaged', { detail: `${from} has no manifest.` })
    for (const file of manifest.files) await place(file, { from, target, mode: 0o644, isShared: false }, signal)
    for (const dek of manifest.deks) await place(dek, { from, target, mode: 0o600, isShared: true }, signal)
    count += 1
    onPlaced?.(manifest.vbid)
  }
  return count
}

/** Keys are shared by vbuckets: the second one finds them there, and they must be equal. */
async function place(
  file: SnapshotFile,
  options: { readonly from: string; readonly target: string; readonly mode: number; readonly isShared: boolean },
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted()
  const source = path.join(options.from, file.path)
  const digest = await hashFile(source, file.sizeBytes, signal)
  if (digest === undefined || (file.sha512 !== undefined && digest !== file.sha512)) {
    throw new HoldfastError('couchbase/damaged', { detail: source })
  }
  const at = path.join(options.target, file.path)
  const known = await stat(at, { bigint: true }).catch(() => undefined)
  if (known) {
    if (options.isShared && known.size === file.sizeBytes && (await hashFile(at, known.size, signal)) === digest) return
    throw new HoldfastError('path/not-empty', { detail: at })
  }
  await changeDisk(at, async () => {
    await mkdir(path.dirname(at), { recursive: true, mode: 0o700 })
    const temporary = temporaryName(at)
    try {
      await copyFile(source, temporary, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL)
      await chmod(temporary, options.mode)
      await syncFile(temporary)
      await rename(temporary, at)
    } catch (error) {
      await removeQuietly(temporary)
      throw error
    }
    await syncFolder(path.dirname(at))
  })
}
