import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { readStoredManifest } from '../stored-manifest.ts'
import { readReport } from '../stored-report.ts'
import type { ServedBucket, ServedSnapshot } from './served-bucket.ts'

/**
 * Snapshots as a backup or a restore left them: a folder of files for each vbucket, and its manifest. They are
 * offered as they are: a release only ends the offer (spec couchbase §13), nothing is ever written or deleted.
 */
export async function openStoredBucket({
  name,
  folder,
  now = Date.now,
  signal,
}: {
  readonly name: string
  readonly folder: string
  readonly now?: (() => number) | undefined
  readonly signal: AbortSignal
}): Promise<ServedBucket> {
  const report = await readReport(folder)
  const stored = new Map<number, ServedSnapshot>()
  for (const entry of await readdir(folder)) {
    signal.throwIfAborted()
    if (!/^\d{1,5}$/.test(entry)) continue
    const snapshot = await readStored(folder, entry, now())
    if (snapshot && String(snapshot.manifest.vbid) === entry) stored.set(snapshot.manifest.vbid, snapshot)
  }
  const seqnos = new Map(report?.vbuckets.map(({ vbid, seqno }) => [vbid, seqno === undefined ? seqno : BigInt(seqno)]))
  const exposed = new Map<number, ServedSnapshot>()
  const exposedBy = (uuid: string) => [...exposed.values()].find(({ manifest }) => manifest.uuid === uuid)
  return {
    name,
    vbucketCount: report?.vbucketCount ?? Math.max(1024, ...[...stored.keys()].map((vbid) => vbid + 1)),
    backend: stored.values().next().value?.manifest.storage?.backend ?? report?.backend ?? '',
    isPersistent: true,
    owns: (vbid) => stored.has(vbid),
    async prepare(vbid) {
      const snapshot = stored.get(vbid)
      if (snapshot) exposed.set(vbid, { ...snapshot, lastUsedAt: now() })
      return exposed.get(vbid)
    },
    find: exposedBy,
    async release(target) {
      const vbid = 'vbid' in target ? target.vbid : exposedBy(target.uuid)?.manifest.vbid
      return vbid !== undefined && exposed.delete(vbid)
    },
    snapshots: () => [...exposed.values()],
    highSeqno: (vbid) => seqnos.get(vbid),
    close: () => Promise.resolve(),
  }
}

/** Undefined for a folder without a manifest that can be read. */
async function readStored(stored: string, entry: string, now: number): Promise<ServedSnapshot | undefined> {
  try {
    const manifest = await readStoredManifest(stored, entry)
    return manifest && { manifest, lastUsedAt: now, isComplete: true, folder: path.join(stored, entry) }
  } catch {
    return undefined
  }
}
