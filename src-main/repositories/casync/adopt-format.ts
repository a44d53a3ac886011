import { HoldfastError } from '../../../src-shared/errors.ts'
import { CasyncIndex } from '../../engines/casync/index/casync-index.ts'
import { readSnapshotFile } from '../../storage/datastore/snapshot-dir.ts'
import { findAdopted, readIndexFile } from './adopted-snapshots.ts'
import { type CasyncFormat, formatOf } from './casync-format.ts'
import { casyncNames } from './snapshot-manifest.ts'
import { type LocalCasync, listOwn } from './stored-snapshots.ts'

/**
 * How the newest archive in the repository is cut, whoever made it, so that new ones find its chunks. Undefined when there
 * is none that can be read.
 */
export async function adoptFormat(casync: LocalCasync, signal: AbortSignal): Promise<CasyncFormat | undefined> {
  let newest: { readonly time: number; readonly read: () => Promise<Uint8Array> } | undefined
  for await (const { file, ref } of findAdopted(casync.places, signal)) {
    if (newest === undefined || ref.time > newest.time) newest = { time: ref.time, read: () => readIndexFile(file) }
  }
  for await (const { ref, archives } of listOwn(casync, signal)) {
    const index = archives.find(({ filename }) => casyncNames.isIndex(filename))?.filename
    if (index === undefined || (newest !== undefined && ref.time <= newest.time)) continue
    newest = { time: ref.time, read: () => readSnapshotFile(casync.snapshots, ref, index) }
  }
  try {
    return newest && formatOf(CasyncIndex.parse(await newest.read()).header)
  } catch (error) {
    if (error instanceof HoldfastError) return undefined
    throw error
  }
}
