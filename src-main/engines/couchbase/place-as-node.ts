import { constants } from 'node:fs'
import { chmod, copyFile, mkdir, rename, stat } from 'node:fs/promises'
import path from 'node:path'
import { HoldfastError } from '../../../src-shared/errors.ts'
import { changeDisk } from '../../storage/datastore/disk-error.ts'
import { removeQuietly, syncFile, syncFolder, temporaryName } from '../../storage/datastore/durable-file.ts'
import { hashFile } from './hash-file.ts'
import { listStoredManifests } from './stored-manifest.ts'
import type { SnapshotFile } from './wire/manifest.ts'

export interface Placing {
  readonly stored: string
  readonly target: string
  /** `isNew` is false for a key that another vbucket has brought already. */
  readonly onPlaced?: ((file: SnapshotFile, isNew: boolean) => void) | undefined
}

/**
 * Lays a stored bucket out as the data folder of a node (spec couchbase §11): the files of all vbuckets beside each
 * other, keys in `deks/`. Returns how many vbuckets there are. The target must not hold files of the same names.
 *
 * @throws HoldfastError `couchbase/damaged` for a file that is not what its manifest says, `path/not-empty`
 */
export async function placeAsNode(
  { stored, target, onPlaced = () => undefined }: Placing,
  signal: AbortSignal,
): Promise<number> {
  let count = 0
  for await (const { vbid, files, deks } of listStoredManifests(stored)) {
    const from = path.join(stored, String(vbid))
    for (const file of files) onPlaced(file, await place(file, { from, target, mode: 0o644, isShared: false }, signal))
    for (const dek of deks) onPlaced(dek, await place(dek, { from, target, mode: 0o600, isShared: true }, signal))
    count += 1
  }
  return count
}

/** Keys are shared by vbuckets: the second one finds them there, and they must be equal. False for such a one. */
async function place(
  file: SnapshotFile,
  options: { readonly from: string; readonly target: string; readonly mode: number; readonly isShared: boolean },
  signal: AbortSignal,
): Promise<boolean> {
  signal.throwIfAborted()
  const source = path.join(options.from, file.path)
  const digest = await hashFile(source, file.sizeBytes, signal)
  if (digest === undefined || (file.sha512 !== undefined && digest !== file.sha512)) {
    throw new HoldfastError('couchbase/damaged', { detail: source })
  }
  const at = path.join(options.target, file.path)
  const known = await stat(at, { bigint: true }).catch(() => undefined)
  if (known) {
    if (options.isShared && known.size === file.sizeBytes && (await hashFile(at, known.size, signal)) === digest)
      return false
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
  return true
}
