import { readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { listNames } from '../../../os/list-names.ts'
import { fileSize } from '../file-size.ts'
import { hashFile } from '../hash-file.ts'
import { decodeManifest, type SnapshotManifest } from '../wire/manifest.ts'
import { allFiles } from './served-bucket.ts'

export interface FoundSnapshot {
  readonly manifest: SnapshotManifest
  readonly folder: string
  readonly isComplete: boolean
}

/**
 * Looks through `snapshots/` when a node starts (spec couchbase §11). What is no snapshot, what is damaged, and both of
 * two for the same vbucket are deleted; what lacks files or ends of files stays, for the download that goes on with it.
 */
export async function scanSnapshots(folder: string, signal: AbortSignal): Promise<readonly FoundSnapshot[]> {
  const found = new Map<number, FoundSnapshot>()
  const twice = new Set<number>()
  for (const entry of await listNames(folder)) {
    signal.throwIfAborted()
    const at = path.join(folder, entry)
    const snapshot = await readSnapshot(at)
    if (snapshot === undefined || snapshot.manifest.uuid !== entry) {
      await rm(at, { recursive: true, force: true })
      continue
    }
    const { vbid } = snapshot.manifest
    const other = found.get(vbid)
    if (other || twice.has(vbid)) {
      twice.add(vbid)
      found.delete(vbid)
      await rm(at, { recursive: true, force: true })
      if (other) await rm(other.folder, { recursive: true, force: true })
      continue
    }
    found.set(vbid, snapshot)
  }
  return [...found.values()]
}

/** Undefined for what is to be deleted. */
async function readSnapshot(folder: string): Promise<FoundSnapshot | undefined> {
  const manifest = await readManifest(folder)
  if (manifest === undefined) return undefined
  let isComplete = true
  for (const file of allFiles(manifest)) {
    const at = path.join(folder, file.path)
    const size = await fileSize(at)
    // A live file goes on growing behind its link: longer is fine.
    if (size === undefined || size < file.sizeBytes) isComplete = false
    else if (file.sha512 !== undefined && (await hashFile(at, file.sizeBytes)) !== file.sha512) return undefined
  }
  return { manifest, folder, isComplete }
}

async function readManifest(folder: string): Promise<SnapshotManifest | undefined> {
  try {
    return decodeManifest(await readFile(path.join(folder, 'manifest.json')))
  } catch {
    return undefined // no folder, no manifest, or not one that can be used
  }
}
