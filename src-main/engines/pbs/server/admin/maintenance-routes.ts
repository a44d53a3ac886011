import { z } from 'zod'
import type { Retention } from '../../../../../src-shared/model/retention.ts'
import { backupType, type SnapshotRef } from '../../../../../src-shared/model/snapshot.ts'
import type { JsonValue } from '../../../../storage/canonical-json.ts'
import { collectGarbage } from '../../../../storage/datastore/garbage-collection.ts'
import { formatSnapshotRef, type GroupRef, parseNamespace } from '../../../../storage/datastore/layout.ts'
import { createCalendar } from '../../../../storage/datastore/local-calendar.ts'
import { type PrunedSnapshot, pruneGroup } from '../../../../storage/datastore/prune-group.ts'
import { listGroups, listNamespaces, listSnapshots } from '../../../../storage/datastore/snapshot-list.ts'
import {
  choice,
  datastoreName,
  flag,
  groupFields,
  integer,
  namespaceField,
  safeId,
  snapshotFields,
} from '../../wire/parameters.ts'
import { ApiError } from '../api-error.ts'
import { checkOwner, checkPrivilege, findDatastore, groupOf, openGroup } from '../guard.ts'
import { type Route, route } from '../http/route.ts'
import { checkNamespaceExists } from '../namespace-check.ts'
import type { ApiContext, LastCollection, ServedDatastore } from '../server-context.ts'
import type { NewTask, RunningTask } from '../tasks/task-registry.ts'
import { startVerify } from '../tasks/verify-task.ts'
import { findSnapshot } from './snapshot-routes.ts'

const MAX_DEPTH = 7
const DAY_MS = 86_400_000
/** More than anyone keeps; the model of retention has the same bound. */
const MAX_KEEP = 10_000

const keep = integer(1, MAX_KEEP).optional()
const keepFields = {
  'keep-last': keep,
  'keep-hourly': keep,
  'keep-daily': keep,
  'keep-weekly': keep,
  'keep-monthly': keep,
  'keep-yearly': keep,
}

/** Prune, garbage collection and verification (spec pbs §8.5–8.7). */
export const maintenanceRoutes: readonly Route<ApiContext>[] = [
  route({
    method: 'POST',
    path: 'admin/datastore/{store}/prune',
    parameters: z.strictObject({
      store: datastoreName(),
      ...namespaceField,
      ...groupFields,
      ...keepFields,
      'dry-run': flag().optional(),
      'use-task': flag().optional(),
    }),
    async handle(context: ApiContext, { parameters }) {
      const needs = { full: ['Datastore.Modify'], asOwner: 'Datastore.Prune' } as const
      const served = await openGroup(context, parameters, needs)
      const group = groupOf(parameters)
      await checkNamespaceExists(served, group.namespace)
      const options = { retention: retentionOf(parameters), isDryRun: parameters['dry-run'] === true }
      const task: NewTask = {
        type: 'prune',
        workerId: `${served.name}:${group.type}/${group.backupId}`,
        authId: context.caller,
        store: served.name,
      }
      if (parameters['use-task'] === true) {
        return {
          data: context.tasks.run(task, (running) => pruneLogged(served, group, { ...options, task: running })).upid,
        }
      }
      const result: JsonValue[] = []
      const running = context.tasks.start(task)
      try {
        for (const pruned of await prune(served, group, { ...options, task: running })) result.push(pruneItem(pruned))
        running.finish()
      } catch (error) {
        running.finish(error instanceof Error ? error.message : String(error))
        throw error
      }
      return { data: result }
    },
  }),
  route({
    method: 'POST',
    path: 'admin/datastore/{store}/prune-datastore',
    parameters: z.strictObject({
      store: datastoreName(),
      ...namespaceField,
      ...keepFields,
      'max-depth': integer(0, MAX_DEPTH).optional(),
      'dry-run': flag().optional(),
    }),
    async handle(context: ApiContext, { parameters }) {
      const { store, ns: namespace = '', 'max-depth': depth = MAX_DEPTH } = parameters
      const needs = { full: ['Datastore.Modify'], asOwner: 'Datastore.Prune' } as const
      const { isLimited } = checkPrivilege(context, { store, namespace }, needs)
      const served = findDatastore(context, store)
      await checkNamespaceExists(served, namespace)
      const options = { retention: retentionOf(parameters), isDryRun: parameters['dry-run'] === true }
      const task = { type: 'prune', workerId: store, authId: context.caller, store }
      const { upid } = context.tasks.run(task, async (running) => {
        for await (const group of groupsBelow(served, namespace, depth)) {
          running.signal.throwIfAborted()
          if (isLimited && !(await isOwnGroup(context, served, group))) continue
          await pruneLogged(served, group, { ...options, task: running })
        }
      })
      return { data: upid }
    },
  }),
  route({
    method: 'GET',
    path: 'admin/datastore/{store}/gc',
    parameters: z.strictObject({ store: datastoreName() }),
    async handle(context: ApiContext, { parameters: { store } }) {
      checkPrivilege(context, { store, namespace: '' }, { full: ['Datastore.Audit'] })
      const last = context.collections.get(findDatastore(context, store).name)
      return { data: garbageItem(last) }
    },
  }),
  route({
    method: 'POST',
    path: 'admin/datastore/{store}/gc',
    parameters: z.strictObject({ store: datastoreName() }),
    async handle(context: ApiContext, { parameters: { store } }) {
      checkPrivilege(context, { store, namespace: '' }, { full: ['Datastore.Modify'] })
      const served = findDatastore(context, store)
      const task = { type: 'garbage_collection', workerId: store, authId: context.caller, store }
      const { upid } = context.tasks.run(task, (running) => collect(context, served, running))
      return { data: upid }
    },
  }),
  route({
    method: 'POST',
    path: 'admin/datastore/{store}/verify',
    parameters: z.strictObject({
      store: datastoreName(),
      ...namespaceField,
      'backup-type': choice(backupType.options).optional(),
      'backup-id': safeId().optional(),
      'backup-time': snapshotFields['backup-time'].optional(),
      'ignore-verified': flag().optional(),
      'outdated-after': integer(0).optional(),
      'max-depth': integer(0, MAX_DEPTH).optional(),
      'read-threads': integer(1, 32).optional(),
      'verify-threads': integer(1, 32).optional(),
    }),
    async handle(context: ApiContext, { parameters }) {
      const { store, ns: namespace = '', 'backup-type': type, 'backup-id': backupId, 'backup-time': time } = parameters
      const { isLimited } = checkPrivilege(
        context,
        { store, namespace },
        { full: ['Datastore.Verify'], asOwner: 'Datastore.Backup' },
      )
      const served = findDatastore(context, store)
      await checkNamespaceExists(served, namespace)
      if ((type === undefined) !== (backupId === undefined) || (time !== undefined && type === undefined))
        throw new ApiError('parameters do not specify a backup group or snapshot')
      const since = freshSince(context, parameters)
      const request = { served, skipVerifiedSince: since }
      if (type !== undefined && backupId !== undefined) {
        const group = { namespace, type, backupId }
        if (isLimited) await checkOwner(context, served, group)
        if (time !== undefined) {
          const { ref } = await findSnapshot(served, { ...group, time })
          return { data: startVerify(context, { ...request, snapshots: [ref], type: 'verify_snapshot' }).upid }
        }
        return {
          data: startVerify(context, { ...request, snapshots: await refsOf(served, group), type: 'verify_group' }).upid,
        }
      }
      const snapshots: SnapshotRef[] = []
      for await (const group of groupsBelow(served, namespace, parameters['max-depth'] ?? MAX_DEPTH)) {
        if (isLimited && !(await isOwnGroup(context, served, group))) continue
        snapshots.push(...(await refsOf(served, group)))
      }
      return { data: startVerify(context, { ...request, snapshots, type: 'verify' }).upid }
    },
  }),
]

interface PruneOptions {
  readonly retention: Retention
  readonly isDryRun: boolean
  readonly task: RunningTask
}

async function prune(served: ServedDatastore, group: GroupRef, { retention, isDryRun, task }: PruneOptions) {
  const result = await pruneGroup(served.store, group, { retention, isDryRun, calendar: createCalendar() }, task.signal)
  for (const { ref, keep: isKept, reason } of result) {
    task.log.add(`${isKept ? 'keep' : 'remove'} ${formatSnapshotRef(ref)} (${reason})`)
  }
  return result
}

async function pruneLogged(served: ServedDatastore, group: GroupRef, options: PruneOptions): Promise<void> {
  options.task.log.add(`prune group "${group.type}/${group.backupId}"${options.isDryRun ? ' (dry run)' : ''}`)
  await prune(served, group, options)
}

function pruneItem({ ref, keep: isKept, isProtected }: PrunedSnapshot): JsonValue {
  return {
    'backup-type': ref.type,
    'backup-id': ref.backupId,
    'backup-time': ref.time,
    keep: isKept,
    protected: isProtected,
    ns: ref.namespace === '' ? undefined : ref.namespace,
  }
}

function retentionOf(parameters: { readonly [Key in keyof typeof keepFields]?: number | undefined }): Retention {
  return {
    last: parameters['keep-last'],
    hourly: parameters['keep-hourly'],
    daily: parameters['keep-daily'],
    weekly: parameters['keep-weekly'],
    monthly: parameters['keep-monthly'],
    yearly: parameters['keep-yearly'],
  }
}

async function collect(context: ApiContext, served: ServedDatastore, task: RunningTask): Promise<void> {
  task.log.add(`starting garbage collection on store ${served.name}`)
  const status = await collectGarbage(served.store, { now: () => context.clock.now() }, task.signal)
  context.collections.set(served.name, { upid: task.upid, status })
  task.log.add(`Removed garbage: ${status.removedBytes} bytes in ${status.removedChunks} chunks`)
  task.log.add(`Pending removals: ${status.pendingBytes} bytes in ${status.pendingChunks} chunks`)
  task.log.add(`On-Disk usage: ${status.diskBytes} bytes in ${status.diskChunks} chunks`)
  for (const index of status.damagedIndexes) task.warn(`could not be read, so nothing was removed: ${index}`)
  if (status.missingChunks > 0) task.warn(`${status.missingChunks} chunks that indexes name are missing`)
}

function garbageItem(last: LastCollection | undefined): JsonValue {
  const status = last?.status
  return {
    upid: last?.upid,
    'index-file-count': status?.indexFiles ?? 0,
    'index-data-bytes': status?.indexDataBytes ?? 0,
    // Ours counts everything on disk; PBS leaves out what only waits for its time.
    'disk-bytes': status === undefined ? 0 : status.diskBytes - status.pendingBytes,
    'disk-chunks': status === undefined ? 0 : status.diskChunks - status.pendingChunks,
    'removed-bytes': status?.removedBytes ?? 0,
    'removed-chunks': status?.removedChunks ?? 0,
    'pending-bytes': status?.pendingBytes ?? 0,
    'pending-chunks': status?.pendingChunks ?? 0,
    'removed-bad': status?.removedBad ?? 0,
    'still-bad': status?.stillBad ?? 0,
  }
}

/** Snapshots verified well since then are passed over: all of them unless the caller says otherwise. */
function freshSince(
  { clock }: ApiContext,
  parameters: { readonly 'ignore-verified'?: boolean | undefined; readonly 'outdated-after'?: number | undefined },
): number | undefined {
  const { 'ignore-verified': ignoresVerified = true, 'outdated-after': days } = parameters
  if (!ignoresVerified) return undefined
  return days === undefined || days === 0 ? 0 : clock.now() - days * DAY_MS
}

async function refsOf({ store }: ServedDatastore, group: GroupRef): Promise<readonly SnapshotRef[]> {
  const listings = await Array.fromAsync(listSnapshots(store, group))
  return listings.filter(({ isFinished }) => isFinished).map(({ ref }) => ref)
}

async function* groupsBelow({ store }: ServedDatastore, namespace: string, depth: number): AsyncGenerator<GroupRef> {
  const base = parseNamespace(namespace).length
  for await (const each of listNamespaces(store, namespace)) {
    if (parseNamespace(each).length - base <= depth) yield* listGroups(store, each)
  }
}

async function isOwnGroup(context: ApiContext, served: ServedDatastore, group: GroupRef): Promise<boolean> {
  try {
    await checkOwner(context, served, group)
    return true
  } catch (error) {
    if (error instanceof ApiError) return false
    throw error
  }
}
