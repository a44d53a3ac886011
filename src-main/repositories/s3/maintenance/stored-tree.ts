import { backupType } from '../../../../src-shared/model/snapshot.ts'
import { MANIFEST_NAME, parseSnapshotTime } from '../../../storage/datastore/layout.ts'
import type { Bucket, StoredObject } from '../bucket.ts'

/** Everything but the chunks, as garbage collection sees it. */
export interface StoredTree {
  /** Every index, of whatever: also of folders that no listing shows. */
  readonly indexes: readonly StoredObject[]
  /** Prefixes of snapshots without a manifest: they are being written, or were left by a crash. */
  readonly unfinished: readonly UnfinishedFolder[]
}

export interface UnfinishedFolder {
  readonly prefix: string
  readonly names: readonly string[]
  /** When the last of them was stored, by the clock of the store. */
  readonly newest: number
}

const ROOTS = [...backupType.options, 'ns']
const SNAPSHOT_PREFIX = /^(?:ns\/[^/]+\/)*(?:host|vm|ct)\/[^/]+\/([^/]+)\//

export async function listTree(bucket: Pick<Bucket, 'list'>, signal: AbortSignal): Promise<StoredTree> {
  const indexes: StoredObject[] = []
  const unfinished: UnfinishedFolder[] = []
  let folder: { readonly prefix: string; names: string[]; newest: number } | undefined
  const leave = () => {
    if (folder !== undefined && !folder.names.includes(`${folder.prefix}${MANIFEST_NAME}`)) unfinished.push(folder)
    folder = undefined
  }
  for (const root of ROOTS) {
    for await (const object of bucket.list(`${root}/`, signal)) {
      const { name, modifiedAt } = object
      if (/\.[df]idx$/.test(name)) indexes.push(object)
      // Names that begin alike follow one another, whatever else lies below.
      const prefix = snapshotPrefixOf(name)
      if (prefix !== folder?.prefix) leave()
      if (prefix === undefined) continue
      folder ??= { prefix, names: [], newest: 0 }
      folder.names.push(name)
      folder.newest = Math.max(folder.newest, modifiedAt)
    }
    leave()
  }
  return { indexes, unfinished }
}

function snapshotPrefixOf(name: string): string | undefined {
  const match = SNAPSHOT_PREFIX.exec(name)
  return match?.[1] !== undefined && parseSnapshotTime(match[1]) !== undefined ? match[0] : undefined
}
