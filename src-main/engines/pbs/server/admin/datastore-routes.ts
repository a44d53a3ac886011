import { statfs } from 'node:fs/promises'
import { z } from 'zod'
import type { JsonObject } from '../../../../storage/canonical-json.ts'
import { listGroups, listNamespaces, listSnapshotTimes } from '../../../../storage/datastore/snapshot-list.ts'
import { datastoreName, flag } from '../../wire/parameters.ts'
import { checkPrivilege, findDatastore, privilegesOn } from '../guard.ts'
import { type Route, route } from '../http/route.ts'
import type { ApiContext, ServedDatastore } from '../server-context.ts'
import { mayListBelow } from './visible.ts'

/** Datastores and how full they are (spec pbs §8.1). */
export const datastoreRoutes: readonly Route<ApiContext>[] = [
  route({
    method: 'GET',
    path: 'admin/datastore',
    parameters: z.strictObject({}),
    handle: async (context: ApiContext) => ({
      data: visibleDatastores(context).map(({ name, comment, readOnly }) => ({
        store: name,
        comment,
        'mount-status': 'nonremovable',
        maintenance: readOnly === undefined ? undefined : 'read-only',
        'backend-type': 'filesystem',
      })),
    }),
  }),
  route({
    method: 'GET',
    path: 'status/datastore-usage',
    parameters: z.strictObject({}),
    async handle(context: ApiContext) {
      const data: JsonObject[] = []
      for (const served of visibleDatastores(context)) {
        data.push({ store: served.name, 'mount-status': 'nonremovable', ...(await usageOrError(served)) })
      }
      return { data }
    },
  }),
  route({
    method: 'GET',
    path: 'admin/datastore/{store}/status',
    parameters: z.strictObject({ store: datastoreName(), verbose: flag().optional() }),
    async handle(context: ApiContext, { parameters: { store, verbose = false } }) {
      checkPrivilege(context, { store, namespace: '' }, { full: ['Datastore.Audit', 'Datastore.Backup'] })
      const served = findDatastore(context, store)
      const counts = verbose && privilegesOn(context, store).has('Datastore.Audit') ? await count(served) : undefined
      return { data: { ...(await usage(served)), counts, 'backend-type': 'filesystem' } }
    },
  }),
  route({
    method: 'GET',
    path: 'admin/datastore/{store}/active-operations',
    parameters: z.strictObject({ store: datastoreName() }),
    async handle(context: ApiContext, { parameters: { store } }) {
      checkPrivilege(context, { store, namespace: '' }, { full: ['Datastore.Audit'] })
      const { name } = findDatastore(context, store)
      const running = context.tasks.list().filter((task) => task.store === name && task.end === undefined)
      const read = running.filter(({ type }) => type === 'reader').length
      return { data: { read, write: running.length - read } }
    },
  }),
]

function visibleDatastores(context: ApiContext): readonly ServedDatastore[] {
  return [...context.datastores.values()].filter(({ name }) => mayListBelow(context, name))
}

/** How full the disk of a datastore is, in bytes. */
export async function usage({ store }: ServedDatastore) {
  const { blocks, bsize, bfree, bavail } = await statfs(store.path)
  return { total: blocks * bsize, used: (blocks - bfree) * bsize, avail: bavail * bsize }
}

/** One disk that is gone must not hide the others. */
async function usageOrError(served: ServedDatastore): Promise<JsonObject> {
  try {
    return await usage(served)
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) }
  }
}

async function count({ store }: ServedDatastore): Promise<JsonObject> {
  const counts = {
    ct: { groups: 0, snapshots: 0 },
    host: { groups: 0, snapshots: 0 },
    vm: { groups: 0, snapshots: 0 },
    other: { groups: 0, snapshots: 0 },
  }
  for await (const namespace of listNamespaces(store)) {
    for await (const group of listGroups(store, namespace)) {
      const { length } = await listSnapshotTimes(store, group)
      if (length === 0) continue
      counts[group.type].groups++
      counts[group.type].snapshots += length
    }
  }
  return counts
}
