import { chmod, mkdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { replaceFile, syncFolder } from '../../../storage/datastore/durable-file.ts'
import { encodeManifest, type SnapshotManifest } from '../wire/manifest.ts'
import type { FoundSnapshot } from './scan-snapshots.ts'
import { scanSnapshots } from './scan-snapshots.ts'
import type { LocalSnapshot } from './served-bucket.ts'

class CachedSnapshot implements LocalSnapshot {
  readonly manifest: SnapshotManifest
  readonly folder: string
  isComplete: boolean
  lastUsedAt: number

  constructor({ manifest, folder, isComplete }: FoundSnapshot, now: number) {
    this.manifest = manifest
    this.folder = folder
    this.isComplete = isComplete
    this.lastUsedAt = now
  }
}

/** The snapshots of one bucket on disk, at most one a vbucket: `snapshots/<uuid>/` with `manifest.json` (§11). */
export class SnapshotCache {
  readonly #folder: string
  readonly #now: () => number
  readonly #byVbid = new Map<number, CachedSnapshot>()

  private constructor(folder: string, now: () => number) {
    this.#folder = folder
    this.#now = now
  }

  /** Reads what is there and throws away what cannot be used. */
  static async open(bucketFolder: string, { now, signal }: { now: () => number; signal: AbortSignal }) {
    const cache = new SnapshotCache(path.join(bucketFolder, 'snapshots'), now)
    for (const found of await scanSnapshots(cache.#folder, signal)) {
      cache.#byVbid.set(found.manifest.vbid, new CachedSnapshot(found, now()))
    }
    return cache
  }

  /** Counts as use. */
  get(vbid: number): LocalSnapshot | undefined {
    const found = this.#byVbid.get(vbid)
    if (found) found.lastUsedAt = this.#now()
    return found
  }

  find(uuid: string): LocalSnapshot | undefined {
    const found = this.list().find(({ manifest }) => manifest.uuid === uuid)
    return found && this.get(found.manifest.vbid)
  }

  list(): readonly LocalSnapshot[] {
    return [...this.#byVbid.values()]
  }

  /** A new folder for the files of a snapshot. Without a manifest in it, the next start deletes it. */
  async createFolder(uuid: string): Promise<string> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    const folder = path.join(this.#folder, uuid)
    await mkdir(folder, { mode: 0o700 })
    return folder
  }

  /** Writes the manifest: from then on the snapshot outlives a restart. */
  async insert(manifest: SnapshotManifest, { isComplete }: { readonly isComplete: boolean }): Promise<LocalSnapshot> {
    const folder = path.join(this.#folder, manifest.uuid)
    const file = path.join(folder, 'manifest.json')
    await replaceFile(file, encodeManifest(manifest), { mode: 0o600, isDurable: true })
    for (const at of [folder, this.#folder]) await syncFolder(at)
    const snapshot = new CachedSnapshot({ manifest, folder, isComplete }, this.#now())
    this.#byVbid.set(manifest.vbid, snapshot)
    return snapshot
  }

  async complete(vbid: number): Promise<void> {
    const snapshot = this.#byVbid.get(vbid)
    if (!snapshot) return
    for (const { path: key } of snapshot.manifest.deks) await chmod(path.join(snapshot.folder, key), 0o600)
    snapshot.isComplete = true
  }

  /** The snapshot is gone at once, its files a little later. */
  async remove(target: { readonly uuid: string } | { readonly vbid: number }): Promise<boolean> {
    const snapshot =
      'vbid' in target
        ? this.#byVbid.get(target.vbid)
        : [...this.#byVbid.values()].find(({ manifest }) => manifest.uuid === target.uuid)
    if (!snapshot) return false
    this.#byVbid.delete(snapshot.manifest.vbid)
    await rm(snapshot.folder, { recursive: true, force: true })
    return true
  }

  async discard(uuid: string): Promise<void> {
    await rm(path.join(this.#folder, uuid), { recursive: true, force: true })
  }
}
