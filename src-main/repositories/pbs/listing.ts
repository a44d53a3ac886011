import { listNamespaces } from '../../engines/pbs/client/management/datastores.ts'
import { downloadFile, listSnapshots, refOf, type SnapshotItem } from '../../engines/pbs/client/management/snapshots.ts'
import type { PbsApi } from '../../engines/pbs/client/pbs-api.ts'
import { MANIFEST_NAME } from '../../storage/datastore/layout.ts'
import { mapOrdered } from '../../storage/map-ordered.ts'
import { viewOfStored } from '../pxar-snapshot/manifest-view.ts'
import type { StoredSnapshot } from '../repository.ts'

/** Manifests on their way: each is a small answer, mostly of waiting. */
const MANIFESTS_AT_ONCE = 8

export interface ListingScope {
  readonly datastore: string
  /** With all below it. */
  readonly namespace: string
}

/** Every finished snapshot. What a list of the server leaves out, such as checksums, is read from the manifests. */
export async function* listStored(
  api: PbsApi,
  { datastore, namespace }: ListingScope,
  signal: AbortSignal,
): AsyncGenerator<StoredSnapshot> {
  for (const each of await listNamespaces(api, { store: datastore, parent: namespace }, signal)) {
    const items = await listSnapshots(api, { store: datastore, namespace: each }, signal)
    const finished = items.filter(isFinished)
    const read = (item: SnapshotItem) => {
      const ref = refOf(item, each)
      const file = { store: datastore, ref, filename: MANIFEST_NAME }
      return viewOfStored({ ref, isProtected: item.protected ?? false }, () => downloadFile(api, file, signal))
    }
    for await (const stored of mapOrdered(finished, MANIFESTS_AT_ONCE, read)) {
      if (stored !== undefined) yield stored
    }
  }
}

export function isFinished({ files }: SnapshotItem): boolean {
  return files.some(({ filename }) => filename === MANIFEST_NAME)
}
