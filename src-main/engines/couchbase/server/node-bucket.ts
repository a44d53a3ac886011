import { randomUUID } from 'node:crypto'
import { link, mkdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { syncFolder } from '../../../storage/datastore/durable-file.ts'
import { DownloadJobs, type PullSnapshot } from './download-jobs.ts'
import { linkLiveFiles, listCouchFiles } from './live-files.ts'
import { openServedFile } from './open-served-file.ts'
import type { DownloadTarget, LocalSnapshot, PrepareOptions, ServedBucket, ServedSnapshot } from './served-bucket.ts'
import { SnapshotCache } from './snapshot-cache.ts'

export interface NodeBucketOptions {
  readonly name: string
  /** The bucket's data folder; made if it is not there. */
  readonly folder: string
  readonly vbucketCount: number
  /** Which vbuckets are active here; asked at every call. All that have a live file unless told otherwise. */
  readonly owns?: ((vbid: number) => boolean) | undefined
  readonly highSeqno?: ((vbid: number) => bigint | undefined) | undefined
  /** Makes DownloadSnapshot possible. */
  readonly pull?: PullSnapshot | undefined
  readonly now?: (() => number) | undefined
  readonly signal: AbortSignal
}

/** couchstore files of today (spec couchbase §5). */
const STORAGE = { backend: 'couchstore', version: 14 }

/** A bucket in the folder layout of a Couchbase node (spec couchbase §11), with the files of couchstore. */
export async function openNodeBucket(options: NodeBucketOptions): Promise<ServedBucket> {
  const { name, folder, vbucketCount, now = Date.now, pull } = options
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const cache = await SnapshotCache.open(folder, { now, signal: options.signal })
  const live = new Map(await listCouchFiles(folder))
  const owns = (vbid: number) => live.has(vbid) && (options.owns?.(vbid) ?? true)
  let turn: Promise<unknown> = Promise.resolve()

  /** Snapshots are made one after the other, as on a node: so two who ask for a vbucket get the same one. */
  function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = turn.then(work)
    turn = result.catch(() => undefined)
    return result
  }

  async function make(vbid: number, { isChecksummed }: PrepareOptions): Promise<ServedSnapshot | undefined> {
    const known = cache.get(vbid)
    if (known) return known
    const file = (await listCouchFiles(folder)).get(vbid) // compaction may have changed its name
    if (file === undefined) return undefined
    const uuid = randomUUID()
    try {
      const target = await cache.createFolder(uuid)
      const files = await linkLiveFiles(folder, { name: file, target, isChecksummed })
      const storage = isChecksummed ? undefined : STORAGE
      return await cache.insert({ uuid, vbid, ...files, storage }, { isComplete: true })
    } catch (error) {
      await cache.discard(uuid)
      throw error
    }
  }

  /** Gives the files of a downloaded snapshot their places among the live ones. */
  async function adopt(vbid: number): Promise<boolean> {
    const snapshot = cache.get(vbid)
    if (!snapshot?.isComplete) return false
    const { files, deks } = snapshot.manifest
    // A vbucket is there already; from this very snapshot when somebody asks a second time.
    if (live.has(vbid)) return isSameFile(path.join(folder, live.get(vbid) ?? ''), snapshot)
    for (const file of [...deks, ...files]) {
      const at = path.join(folder, file.path)
      await mkdir(path.dirname(at), { recursive: true, mode: 0o700 })
      await link(path.join(snapshot.folder, file.path), at).catch(passOverExisting)
    }
    await syncFolder(folder)
    for (const [id, file] of await listCouchFiles(folder)) if (id === vbid) live.set(id, file)
    return true
  }

  const jobs = pull && new DownloadJobs({ cache, pull })
  const downloads: DownloadTarget | undefined = jobs && {
    start: (vbid, request) => jobs.start(vbid, request),
    status: (vbid) => jobs.statuses().get(vbid),
    statuses: () => jobs.statuses(),
    adopt,
  }
  return {
    name,
    vbucketCount,
    backend: STORAGE.backend,
    isPersistent: true,
    owns,
    prepare: (vbid, prepareOptions) =>
      inTurn(() => (owns(vbid) ? make(vbid, prepareOptions) : Promise.resolve(undefined))),
    find: (uuid) => cache.find(uuid),
    release: async (target) => {
      const forget = 'vbid' in target ? target.vbid : cache.find(target.uuid)?.manifest.vbid
      if (forget !== undefined) await jobs?.forget(forget)
      return cache.remove(target)
    },
    snapshots: () => cache.list(),
    open: async ({ manifest: { uuid } }, { path: name }) => {
      const snapshot = cache.find(uuid)
      return snapshot && openServedFile(snapshot.folder, name)
    },
    highSeqno: (vbid) => options.highSeqno?.(vbid),
    downloads,
    close: async () => {
      await jobs?.close()
      await turn
    },
  }
}

/** Whether a live file is one of a snapshot's: by the file, not by its name. */
async function isSameFile(file: string, { folder, manifest }: LocalSnapshot): Promise<boolean> {
  const { ino } = await stat(file)
  for (const { path: name } of manifest.files) if ((await stat(path.join(folder, name))).ino === ino) return true
  return false
}

/** Keys are shared by vbuckets: the second one finds them there. */
function passOverExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error
}
