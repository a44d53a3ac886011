import { datastoreUsage } from '../../engines/pbs/client/management/datastores.ts'
import { listGroups } from '../../engines/pbs/client/management/groups.ts'
import {
  garbageCollectionStatus,
  type PruneItem,
  type PruneRequest,
  previewPrune,
  startGarbageCollection,
  startPrune,
} from '../../engines/pbs/client/management/maintenance.ts'
import {
  forgetSnapshot,
  listSnapshots,
  setProtected,
  setSnapshotNotes,
} from '../../engines/pbs/client/management/snapshots.ts'
import { requireSuccess, waitForTask } from '../../engines/pbs/client/management/tasks.ts'
import type { PbsApi } from '../../engines/pbs/client/pbs-api.ts'
import type { BackupGroup, GarbageResult, Maintenance, PruneDecision, TaskListener } from '../repository.ts'
import { createGroupKeeping } from './group-keeping.ts'
import { createTaskKeeping } from './task-keeping.ts'
import { type VerifyTools, verifyOnServer } from './verify.ts'

/** Small calls are not worth an own way to end them; the transport ends those that hang. */
const CALL_TIMEOUT_MS = 120_000
const PERCENT = /\b(\d{1,3})(?:\.\d+)?%/

export interface PbsMaintenanceOptions extends Omit<VerifyTools, 'api'> {
  /** Where names of namespaces that were left empty belong. */
  readonly resolve: <Named extends { readonly namespace: string }>(named: Named) => Named
}

/** Maintenance as tasks of the server, each followed to its end; an abort ends the task. */
export function createPbsMaintenance(api: PbsApi, options: PbsMaintenanceOptions): Maintenance {
  const { datastore: store, resolve, now } = options
  const limit = () => AbortSignal.timeout(CALL_TIMEOUT_MS)
  return {
    async verify({ snapshots, skipVerifiedSince }, observer, signal) {
      const wanted = { snapshots: snapshots?.map(resolve), skipVerifiedSince }
      return await verifyOnServer({ api, ...options }, wanted, { observer, signal })
    },

    async prune(group, retention, { dryRun, said }, signal) {
      const decisions: PruneDecision[] = []
      for (const each of await matchingGroups(api, store, { group: resolve(group), signal })) {
        const request = { store, group: each, retention }
        const preview = decisionsOf(await previewPrune(api, request, signal), each.namespace)
        decisions.push(...(dryRun ? preview : await prune(api, { ...request, preview, said }, signal)))
      }
      return decisions
    },

    async collectGarbage(observer, signal) {
      const upid = await startGarbageCollection(api, store, signal)
      const onLine = (line: string) => {
        const percent = Number(PERCENT.exec(line)?.[1] ?? Number.NaN)
        if (percent <= 100) observer.progress(percent, 100)
        observer.said?.(line)
      }
      requireSuccess(await waitForTask(api, upid, { onLine, signal }))
      return garbageResult(await garbageCollectionStatus(api, store, signal))
    },

    forget: (ref) => forgetSnapshot(api, { store, ref: resolve(ref) }, limit()),
    protect: (ref, isProtected) => setProtected(api, { store, ref: resolve(ref), isProtected }, limit()),
    setNotes: (ref, notes) => setSnapshotNotes(api, { store, ref: resolve(ref), notes }, limit()),

    groups: createGroupKeeping(api, options),
    tasks: createTaskKeeping(api, store),

    async usage(signal) {
      const { total, used, avail } = await datastoreUsage(api, store, signal)
      return { totalBytes: total, usedBytes: used, availableBytes: avail, at: now() }
    },
  }
}

async function matchingGroups(
  api: PbsApi,
  store: string,
  {
    group: { namespace, type, backupId },
    signal,
  }: { readonly group: Partial<BackupGroup> & { readonly namespace: string }; readonly signal: AbortSignal },
): Promise<readonly BackupGroup[]> {
  if (type !== undefined && backupId !== undefined) return [{ namespace, type, backupId }]
  const items = await listGroups(api, { store, namespace }, signal)
  return items
    .map((item) => ({ namespace, type: item['backup-type'], backupId: item['backup-id'] }))
    .filter((each) => (type ?? each.type) === each.type && (backupId ?? each.backupId) === each.backupId)
}

/** As a task, whose log is followed. What was to go and is still there, because somebody uses it, counts as kept. */
async function prune(
  api: PbsApi,
  {
    preview,
    said,
    ...request
  }: PruneRequest & { readonly preview: readonly PruneDecision[]; readonly said: TaskListener['said'] },
  signal: AbortSignal,
): Promise<readonly PruneDecision[]> {
  const { store, group } = request
  const started = await startPrune(api, request, signal)
  if (typeof started !== 'string') return decisionsOf(started, group.namespace)
  requireSuccess(await waitForTask(api, started, { ...(said && { onLine: said }), signal }))
  const left = new Set((await listSnapshots(api, { store, ...group }, signal)).map((item) => item['backup-time']))
  return preview.map((decision) => (left.has(decision.ref.time) ? { ...decision, keep: true } : decision))
}

function decisionsOf(items: readonly PruneItem[], namespace: string): readonly PruneDecision[] {
  return items.map((item) => ({
    ref: { namespace, type: item['backup-type'], backupId: item['backup-id'], time: item['backup-time'] },
    keep: item.keep,
    protected: item.protected ?? false,
  }))
}

function garbageResult(status: Awaited<ReturnType<typeof garbageCollectionStatus>>): GarbageResult {
  return {
    removedBytes: status['removed-bytes'],
    removedChunks: status['removed-chunks'],
    pendingBytes: status['pending-bytes'],
    pendingChunks: status['pending-chunks'],
    diskBytes: status['disk-bytes'],
    diskChunks: status['disk-chunks'],
  }
}
