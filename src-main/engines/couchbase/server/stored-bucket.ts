import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { readStoredManifest } from '../stored-manifest.ts'
import { type BucketReport, readReport } from '../stored-report.ts'
import { createExposedBucket } from './exposed-bucket.ts'
import { openServedFile } from './open-served-file.ts'
import type { LocalSnapshot, ServedBucket } from './served-bucket.ts'

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
  const stored = new Map<number, LocalSnapshot>()
  for (const entry of await readdir(folder)) {
    signal.throwIfAborted()
    if (!/^\d{1,5}$/.test(entry)) continue
    const snapshot = await readStored(folder, entry, now())
    if (snapshot && String(snapshot.manifest.vbid) === entry) stored.set(snapshot.manifest.vbid, snapshot)
  }
  const seqnos = seqnosOf(report)
  return createExposedBucket({
    name,
    vbucketCount: report?.vbucketCount ?? Math.max(1024, ...[...stored.keys()].map((vbid) => vbid + 1)),
    backend: stored.values().next().value?.manifest.storage?.backend ?? report?.backend ?? '',
    owns: (vbid) => stored.has(vbid),
    highSeqno: (vbid) => seqnos.get(vbid),
    load: (vbid) => Promise.resolve(stored.get(vbid)),
    openFile: ({ folder: at }, file) => openServedFile(at, file),
    now,
    close: () => Promise.resolve(),
  })
}

/** What a report says of sequence numbers, by vbucket. */
export function seqnosOf(report: BucketReport | undefined): ReadonlyMap<number, bigint> {
  return new Map(
    report?.vbuckets.flatMap(({ vbid, seqno }) => (seqno === undefined ? [] : [[vbid, BigInt(seqno)] as const])),
  )
}

/** Undefined for a folder without a manifest that can be read. */
async function readStored(stored: string, entry: string, now: number): Promise<LocalSnapshot | undefined> {
  try {
    const manifest = await readStoredManifest(stored, entry)
    return manifest && { manifest, lastUsedAt: now, isComplete: true, folder: path.join(stored, entry) }
  } catch {
    return undefined
  }
}
