import type { ServedBucket, ServedFile, ServedSnapshot } from './served-bucket.ts'

export interface ExposedBucketOptions<Snapshot extends ServedSnapshot>
  extends Pick<ServedBucket, 'name' | 'vbucketCount' | 'backend' | 'highSeqno' | 'owns'> {
  /** The stored snapshot of a vbucket. Undefined where there is none. */
  load(vbid: number): Promise<Snapshot | undefined>
  openFile(snapshot: Snapshot, path: string): Promise<ServedFile | undefined>
  readonly now: () => number
  close(): Promise<void>
}

/**
 * Snapshots that are stored somewhere, offered as they are: preparing one exposes it, and a release only ends the offer
 * (spec couchbase §13). Nothing is ever written or deleted.
 */
export function createExposedBucket<Snapshot extends ServedSnapshot>(
  options: ExposedBucketOptions<Snapshot>,
): ServedBucket {
  const { load, openFile, now, ...facts } = options
  const exposed = new Map<number, Snapshot>()
  const exposedBy = (uuid: string) => [...exposed.values()].find(({ manifest }) => manifest.uuid === uuid)
  return {
    ...facts,
    isPersistent: true,
    async prepare(vbid) {
      const snapshot = exposed.get(vbid) ?? (await load(vbid))
      if (snapshot) exposed.set(vbid, { ...snapshot, lastUsedAt: now() })
      return exposed.get(vbid)
    },
    find: exposedBy,
    async release(target) {
      const vbid = 'vbid' in target ? target.vbid : exposedBy(target.uuid)?.manifest.vbid
      return vbid !== undefined && exposed.delete(vbid)
    },
    snapshots: () => [...exposed.values()],
    async open({ manifest: { uuid } }, { path }) {
      const snapshot = exposedBy(uuid)
      return snapshot && openFile(snapshot, path)
    },
  }
}
