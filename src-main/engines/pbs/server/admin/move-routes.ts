import { z } from 'zod'
import { HoldfastError } from '../../../../../src-shared/errors.ts'
import { createNamespace, removeNamespace } from '../../../../storage/datastore/group-dir.ts'
import { formatSnapshotRef, type GroupRef, parseNamespace } from '../../../../storage/datastore/layout.ts'
import { moveGroup } from '../../../../storage/datastore/move-group.ts'
import { listGroups, listNamespaces } from '../../../../storage/datastore/snapshot-list.ts'
import { datastoreName, flag, groupFields, integer, namespaceField, namespaceText } from '../../wire/parameters.ts'
import { ApiError } from '../api-error.ts'
import { checkOwner, checkPrivilege, findDatastore, groupOf } from '../guard.ts'
import { type Route, route } from '../http/route.ts'
import { checkNamespaceExists } from '../namespace-check.ts'
import type { ApiContext, ServedDatastore } from '../server-context.ts'
import type { RunningTask } from '../tasks/task-registry.ts'
import { MAX_DEPTH } from './groups-below.ts'

/** Groups and namespaces from one place of a datastore to another (spec pbs §8.1; PBS 4). */
export const moveRoutes: readonly Route<ApiContext>[] = [
  route({
    method: 'POST',
    path: 'admin/datastore/{store}/move-group',
    parameters: z.strictObject({
      store: datastoreName(),
      ...namespaceField,
      ...groupFields,
      'target-ns': namespaceText().optional(),
      'merge-group': flag().optional(),
    }),
    async handle(context: ApiContext, { parameters }) {
      const { store, 'target-ns': target = '', 'merge-group': canMerge = true } = parameters
      const group = groupOf(parameters)
      // It goes here and comes there: what it takes to remove it, and to back it up.
      const leaving = { full: ['Datastore.Modify'], asOwner: 'Datastore.Prune' } as const
      const coming = { full: ['Datastore.Modify'], asOwner: 'Datastore.Backup' } as const
      const { isLimited } = checkPrivilege(context, { store, namespace: group.namespace }, leaving)
      const there = checkPrivilege(context, { store, namespace: target }, coming)
      const served = findDatastore(context, store)
      await checkNamespaceExists(served, group.namespace)
      await checkNamespaceExists(served, target)
      if (isLimited || there.isLimited) await checkOwner(context, served, group)
      if (group.namespace === target) throw new ApiError('source and target namespace are the same')
      const workerId = `${store}:${group.type}/${group.backupId}`
      const { upid } = context.tasks.run({ type: 'move-group', workerId, authId: context.caller, store }, (task) =>
        moveLogged(served, group, { target, canMerge, task }),
      )
      return { data: upid }
    },
  }),
  route({
    method: 'POST',
    path: 'admin/datastore/{store}/move-namespace',
    parameters: z.strictObject({
      store: datastoreName(),
      ns: namespaceText(),
      'target-ns': namespaceText(),
      'max-depth': integer(0, MAX_DEPTH).optional(),
      'delete-source': flag().optional(),
      'merge-groups': flag().optional(),
    }),
    async handle(context: ApiContext, { parameters }) {
      const { store, ns, 'target-ns': target, 'max-depth': depth = MAX_DEPTH } = parameters
      const { 'delete-source': removesSource = true, 'merge-groups': canMerge = true } = parameters
      for (const namespace of [ns, target]) {
        const parent = parseNamespace(namespace).slice(0, -1).join('/')
        checkPrivilege(context, { store, namespace: parent }, { full: ['Datastore.Modify'] })
      }
      const served = findDatastore(context, store)
      await checkNamespaceExists(served, ns)
      if (ns === '') throw new ApiError('cannot move the root namespace')
      if (target === ns || target.startsWith(`${ns}/`))
        throw new ApiError(`cannot move namespace '${ns}' into itself: '${target}'`)
      const moved = await targetsOf(served, { ns, target, depth })
      const { upid } = context.tasks.run(
        { type: 'move-namespace', workerId: `${store}:${ns}`, authId: context.caller, store },
        async (task) => {
          for (const [from, to] of moved) {
            await createNamespace(served.store, to)
            for await (const group of listGroups(served.store, from))
              await moveLogged(served, group, { target: to, canMerge, task })
          }
          if (removesSource) for (const [from] of moved.toReversed()) await removeEmptied(served, from, task)
        },
      )
      return { data: upid }
    },
  }),
]

/** Where each namespace goes, parents first. Throws before anything has moved when one would be too deep or too long. */
async function targetsOf(
  { store }: ServedDatastore,
  { ns, target, depth }: { readonly ns: string; readonly target: string; readonly depth: number },
): Promise<readonly (readonly [string, string])[]> {
  const moved: [string, string][] = []
  for await (const from of listNamespaces(store, ns)) {
    const below = parseNamespace(from).slice(parseNamespace(ns).length)
    if (below.length > depth) continue
    const to = [...parseNamespace(target), ...below].join('/')
    try {
      parseNamespace(to)
    } catch (cause) {
      throw new ApiError(`namespace '${to.slice(0, 300)}' is too long or too deep`, 400, cause)
    }
    moved.push([from, to])
  }
  return moved
}

interface Move {
  readonly target: string
  readonly canMerge: boolean
  readonly task: RunningTask
}

async function moveLogged(served: ServedDatastore, group: GroupRef, { target, canMerge, task }: Move): Promise<void> {
  task.log.add(`move group "${group.type}/${group.backupId}" from '${group.namespace}' to '${target}'`)
  await moveGroup(served.store, group, target, {
    canMerge,
    signal: task.signal,
    moved: (ref) => task.log.add(`moved ${formatSnapshotRef(ref)}`),
    kept: (ref, reason) => task.warn(`${formatSnapshotRef(ref)} stays: ${reason}`),
  })
}

/** What could not be moved keeps its namespace. */
async function removeEmptied({ store }: ServedDatastore, namespace: string, task: RunningTask): Promise<void> {
  try {
    await removeNamespace(store, namespace)
  } catch (error) {
    if (!(error instanceof HoldfastError && error.code === 'path/not-empty')) throw error
    task.warn(`namespace '${namespace}' stays: it is not empty`)
  }
}
