import { statfs } from 'node:fs/promises'
import type { Datastore } from '../../storage/datastore/datastore.ts'
import { collectGarbage } from '../../storage/datastore/garbage-collection.ts'
import { createCalendar } from '../../storage/datastore/local-calendar.ts'
import { pruneGroup } from '../../storage/datastore/prune-group.ts'
import { forgetSnapshot, setProtected, updateManifest } from '../../storage/datastore/snapshot-dir.ts'
import { listGroups } from '../../storage/datastore/snapshot-list.ts'
import { verifyDatastore } from '../../storage/datastore/verify.ts'
import { changeUnprotected } from '../../storage/manifest.ts'
import { createVerification, type VerificationTools } from '../pxar-snapshot/store-verification.ts'
import type { Maintenance, PruneDecision } from '../repository.ts'
import { createGroupKeeping } from './group-keeping.ts'
import { measureInThread } from './measure-in-thread.ts'
import { createPathRemover } from './path-remover.ts'

/** `open` also tells the path remover what a snapshot holds. */
export function createMaintenance(store: Datastore, options: VerificationTools): Maintenance {
  const { keys, sealers, now, open } = options
  return {
    verify: createVerification((wanted, signal) => verifyDatastore(store, wanted, signal), options),

    async prune({ namespace, type, backupId }, retention, { dryRun }, signal) {
      const decisions: PruneDecision[] = []
      const calendar = createCalendar()
      for await (const group of listGroups(store, namespace)) {
        if ((type ?? group.type) !== group.type || (backupId ?? group.backupId) !== group.backupId) continue
        const pruned = await pruneGroup(store, group, { retention, calendar, isDryRun: dryRun }, signal)
        decisions.push(...pruned.map(({ ref, keep, isProtected }) => ({ ref, keep, protected: isProtected })))
      }
      return decisions
    },

    async collectGarbage(observer, signal) {
      const onProgress = ({ done, total }: { done: number; total: number }) => observer.progress(done, total)
      const { removedBytes, removedChunks, pendingBytes, pendingChunks, diskBytes, diskChunks } = await collectGarbage(
        store,
        { now, onProgress },
        signal,
      )
      return { removedBytes, removedChunks, pendingBytes, pendingChunks, diskBytes, diskChunks }
    },

    forget: (ref) => forgetSnapshot(store, ref),
    protect: (ref, isProtected) => setProtected(store, ref, isProtected),
    setNotes: (ref, notes) => updateManifest(store, ref, (blob) => changeUnprotected(blob, { notes })),

    groups: createGroupKeeping(store),
    removePaths: (paths) => createPathRemover(store, { keys, sealers, now, open }, paths),
    space: (measure, signal) => measureInThread(store.path, measure, signal),

    async usage(signal) {
      signal.throwIfAborted()
      const { blocks, bsize, bfree, bavail } = await statfs(store.path)
      return {
        totalBytes: blocks * bsize,
        usedBytes: (blocks - bfree) * bsize,
        availableBytes: bavail * bsize,
        at: now(),
      }
    },
  }
}
