import { isArchiveName, MANIFEST_NAME } from './layout.ts'
import type { DatastoreLocks } from './locks.ts'

/**
 * A folder of snapshots as PBS lays them out: `<namespace>/<type>/<id>/<time>/`. What lies in a snapshot's folder may go
 * by other names, as in a casync repository.
 */
export interface SnapshotStore {
  /** Absolute. */
  readonly path: string
  readonly locks: DatastoreLocks
  readonly chunks: {
    /** Makes every chunk durable that indexes may name from now on. */
    sync(): Promise<void>
  }
  /** Those of PBS unless told otherwise. */
  readonly names?: SnapshotNames | undefined
}

export interface SnapshotNames {
  /** With it a snapshot is there. */
  readonly manifest: string
  /** A file that a snapshot may hold, the manifest among them. */
  isFile(name: string): boolean
  /** A file that names chunks. */
  isIndex(name: string): boolean
}

const pbsNames: SnapshotNames = {
  manifest: MANIFEST_NAME,
  isFile: isArchiveName,
  isIndex: (name) => /\.[df]idx$/.test(name),
}

export function namesOf(store: Pick<SnapshotStore, 'names'>): SnapshotNames {
  return store.names ?? pbsNames
}
