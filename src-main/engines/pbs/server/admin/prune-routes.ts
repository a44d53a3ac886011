import { z } from 'zod'
import type { Retention } from '../../../../../src-shared/model/retention.ts'
import type { JsonValue } from '../../../../storage/canonical-json.ts'
import { formatSnapshotRef, type GroupRef } from '../../../../storage/datastore/layout.ts'
import { createCalendar } from '../../../../storage/datastore/local-calendar.ts'
import { type PrunedSnapshot, pruneGroup } from '../../../../storage/datastore/prune-group.ts'
import { datastoreName, flag, groupFields, integer, namespaceField } from '../../wire/parameters.ts'
import { checkPrivilege, findDatastore, groupOf, openGroup } from '../guard.ts'
import { type Route, route } from '../http/route.ts'
import { checkNamespaceExists } from '../namespace-check.ts'
import type { ApiContext, ServedDatastore } from '../server-context.ts'
import type { NewTask, RunningTask } from '../tasks/task-registry.ts'
import { groupsBelow, isOwnGroup, MAX_DEPTH } from './groups-below.ts'

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

/** Which snapshots of a group, or of all below a namespace, are removed (spec pbs §8.5). */
export const pruneRoutes: readonly Route<ApiContext>[] = [
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
