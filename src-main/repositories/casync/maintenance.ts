import { lstat, readdir, statfs } from 'node:fs/promises'
import path from 'node:path'
import { HoldfastError } from '../../../src-shared/errors.ts'
import { CasyncIndex } from '../../engines/casync/index/casync-index.ts'
import { collectGarbage } from '../../engines/casync/store/collect-garbage.ts'
import { snapshotFolder } from '../../storage/datastore/layout.ts'
import { createCalendar } from '../../storage/datastore/local-calendar.ts'
import { pruneGroup } from '../../storage/datastore/prune-group.ts'
import { forgetSnapshot, setProtected, updateManifest } from '../../storage/datastore/snapshot-dir.ts'
import { listGroups, listNamespaces, listSnapshots } from '../../storage/datastore/snapshot-list.ts'
import type { Maintenance, PruneDecision } from '../repository.ts'
import { findAdopted, readIndexFile } from './adopted-snapshots.ts'
import { createPathRemover } from './path-remover.ts'
import { refuseAdopted } from './refuse-adopted.ts'
import { writeListing } from './snapshot-listing.ts'
import { casyncNames, encodeManifest, parseManifest } from './snapshot-manifest.ts'
import type { LocalCasync } from './stored-snapshots.ts'
import { verifyCasync } from './verify.ts'

export interface MaintenanceOptions {
  readonly graceMs: number | undefined
}

const defaultGraceMs = 24 * 60 * 60_000
/** A chunk is refreshed some time after its backup began. */
const clockSlackMs = 5 * 60_000

/** These are over in a moment. */
const never = AbortSignal.any([])

export function createMaintenance(casync: LocalCasync, { graceMs = defaultGraceMs }: MaintenanceOptions): Maintenance {
  const { snapshots, places, store, now } = casync
  return {
    verify: (options, observer, signal) => verifyCasync(casync, options, observer, signal),

    async prune(group, retention, { dryRun }, signal) {
      const decisions: PruneDecision[] = []
      const calendar = createCalendar()
      for await (const each of listGroups(snapshots, group.namespace)) {
        if ((group.type ?? each.type) !== each.type || (group.backupId ?? each.backupId) !== each.backupId) continue
        const pruned = await pruneGroup(snapshots, each, { retention, calendar, isDryRun: dryRun }, signal)
        decisions.push(...pruned.map(({ ref, keep, isProtected }) => ({ ref, keep, protected: isProtected })))
      }
      // They belong to whoever made them, and stay.
      for await (const { ref } of findAdopted(places, signal)) {
        const isMeant = ref.namespace === group.namespace && (group.type ?? ref.type) === ref.type
        if (isMeant && (group.backupId ?? ref.backupId) === ref.backupId)
          decisions.push({ ref, keep: true, protected: true })
      }
      if (!dryRun && decisions.some(({ keep }) => !keep)) await writeListing(casync, signal)
      return decisions
    },

    async collectGarbage(observer, signal) {
      const lock = await snapshots.locks.lockGarbageCollection()
      try {
        const oldest = await snapshots.locks.oldestBackup()
        const longest = oldest === undefined ? graceMs : Math.max(graceMs, now() - oldest + clockSlackMs)
        const total = await countFiles(casync, signal)
        const onProgress = ({ seenFiles }: { readonly seenFiles: number }) =>
          observer.progress(seenFiles, Math.max(total, seenFiles))
        const indexes = everyIndex(casync, signal)
        const report = await collectGarbage(store, indexes, { now, graceMs: longest, onProgress }, signal)
        const { removedBytes, removedChunks, pendingBytes, pendingChunks, keptBytes, keptChunks } = report
        return {
          ...{ removedBytes, removedChunks, pendingBytes, pendingChunks },
          diskBytes: keptBytes + pendingBytes,
          diskChunks: keptChunks + pendingChunks,
        }
      } finally {
        await lock.release()
      }
    },

    async forget(ref) {
      await refuseAdopted(casync, ref)
      await forgetSnapshot(snapshots, ref)
      await writeListing(casync, never)
    },
    async protect(ref, isProtected) {
      await refuseAdopted(casync, ref)
      await setProtected(snapshots, ref, isProtected)
      await writeListing(casync, never)
    },
    async setNotes(ref, notes) {
      await refuseAdopted(casync, ref)
      await updateManifest(snapshots, ref, (bytes) => encodeManifest({ ...parseManifest(bytes, ref), notes }))
    },

    removePaths: (paths) => createPathRemover(casync, paths),

    async usage(signal) {
      signal.throwIfAborted()
      const { blocks, bsize, bfree, bavail } = await statfs(places.store)
      return {
        totalBytes: blocks * bsize,
        usedBytes: (blocks - bfree) * bsize,
        availableBytes: bavail * bsize,
        at: now(),
      }
    },
  }
}

/**
 * Every index that may name chunks of the store: of finished snapshots and of those that are being written, and all that
 * lie below its folder. One that cannot be read ends the collection, since its chunks are not known.
 */
async function* everyIndex({ snapshots, places }: LocalCasync, signal: AbortSignal): AsyncGenerator<CasyncIndex> {
  for await (const namespace of listNamespaces(snapshots)) {
    for await (const group of listGroups(snapshots, namespace)) {
      for await (const { ref, filenames } of listSnapshots(snapshots, group)) {
        for (const filename of filenames.filter(casyncNames.isIndex)) {
          yield* readIfThere(path.join(snapshotFolder(snapshots.path, ref), filename))
        }
      }
    }
  }
  for await (const { file } of findAdopted(places, signal)) yield* readIfThere(file)
}

/** A snapshot may be forgotten just now. */
async function* readIfThere(file: string): AsyncGenerator<CasyncIndex> {
  try {
    yield CasyncIndex.parse(await readIndexFile(file))
  } catch (error) {
    if (error instanceof HoldfastError && error.code === 'index/corrupt') {
      throw new HoldfastError('index/corrupt', {
        detail: `${file}: ${error.detail ?? ''}`,
        hint: 'Garbage is not collected while it is unknown what this index needs. Forget its snapshot, or remove it.',
        cause: error,
      })
    }
    if (!(error instanceof HoldfastError && error.code === 'snapshot/unknown')) throw error
  }
}

/** From a few folders: chunks spread evenly over all of them. */
async function countFiles({ store }: LocalCasync, signal: AbortSignal): Promise<number> {
  const folders = (await readdir(store.root)).filter((name) => /^[0-9a-f]{4}$/.test(name))
  const sample = folders.slice(0, 64)
  let files = 0
  for (const folder of sample) {
    signal.throwIfAborted()
    const place = path.join(store.root, folder)
    if ((await lstat(place)).isDirectory()) files += (await readdir(place)).length
  }
  return sample.length === 0 ? 0 : Math.round((files / sample.length) * folders.length)
}
