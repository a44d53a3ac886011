import { z } from 'zod'
import { HoldfastError } from '../../../../../src-shared/errors.ts'
import { createNamespace, removeNamespace } from '../../../../storage/datastore/group-dir.ts'
import { parseNamespace } from '../../../../storage/datastore/layout.ts'
import { listGroups, listNamespaces } from '../../../../storage/datastore/snapshot-list.ts'
import { datastoreName, flag, integer, namespaceText, safeId } from '../../wire/parameters.ts'
import { ApiError, permissionDenied } from '../api-error.ts'
import { checkPrivilege, findDatastore } from '../guard.ts'
import { type Route, route } from '../http/route.ts'
import { checkNamespaceExists } from '../namespace-check.ts'
import type { ApiContext } from '../server-context.ts'
import { removeGroup } from './remove-group.ts'
import { mayListBelow, maySeeNamespace } from './visible.ts'

const path = 'admin/datastore/{store}/namespace'
const MAX_DEPTH = 7

/** Namespaces (spec pbs §8.1). */
export const namespaceRoutes: readonly Route<ApiContext>[] = [
  route({
    method: 'GET',
    path,
    parameters: z.strictObject({
      store: datastoreName(),
      parent: namespaceText().optional(),
      'max-depth': integer(0, MAX_DEPTH).optional(),
    }),
    async handle(context: ApiContext, { parameters: { store, parent = '', 'max-depth': depth = MAX_DEPTH } }) {
      // Those without any right here learn nothing; the others see what they have a right on.
      const served = findVisible(context, store)
      await checkNamespaceExists(served, parent)
      const found: { ns: string }[] = []
      for await (const ns of listNamespaces(served.store, parent)) {
        if (parseNamespace(ns).length - parseNamespace(parent).length > depth) continue
        if (maySeeNamespace(context, store, ns)) found.push({ ns })
      }
      return { data: found }
    },
  }),
  route({
    method: 'POST',
    path,
    parameters: z.strictObject({ store: datastoreName(), name: safeId(), parent: namespaceText().optional() }),
    async handle(context: ApiContext, { parameters: { store, name, parent = '' } }) {
      checkPrivilege(context, { store, namespace: parent }, { full: ['Datastore.Modify'] })
      const served = findDatastore(context, store)
      const namespace = parent === '' ? name : `${parent}/${name}`
      checkDepth(namespace)
      await checkNamespaceExists(served, parent)
      if (await exists(served, namespace)) throw new ApiError(`namespace '${namespace}' already exists`)
      await createNamespace(served.store, namespace)
      return { data: namespace }
    },
  }),
  route({
    method: 'DELETE',
    path,
    parameters: z.strictObject({
      store: datastoreName(),
      ns: namespaceText(),
      'delete-groups': flag().optional(),
      'error-on-protected': flag().optional(),
    }),
    async handle(context: ApiContext, { parameters }) {
      const { store, ns, 'delete-groups': deletesGroups = false, 'error-on-protected': isStrict = true } = parameters
      if (ns === '') throw new ApiError('cannot delete root namespace!')
      const parent = parseNamespace(ns).slice(0, -1).join('/')
      checkPrivilege(context, { store, namespace: parent }, { full: ['Datastore.Modify'] })
      const served = findDatastore(context, store)
      await checkNamespaceExists(served, ns)
      const removed = { 'removed-groups': 0, 'removed-snapshots': 0, 'protected-snapshots': 0 }
      const below: string[] = []
      for await (const namespace of listNamespaces(served.store, ns)) below.push(namespace)
      for (const namespace of below.reverse()) {
        for await (const group of listGroups(served.store, namespace)) {
          if (!deletesGroups) throw new ApiError(`cannot delete namespace '${ns}': it is not empty`)
          const result = await removeGroup(served, group)
          removed['removed-groups'] += result.isGone ? 1 : 0
          removed['removed-snapshots'] += result.removed
          removed['protected-snapshots'] += result.protected
        }
        // Without `delete-groups` only an empty one goes, and none below it.
        if (namespace === ns || deletesGroups) await removeUnlessKept(served, namespace)
      }
      if (isStrict && removed['protected-snapshots'] > 0)
        throw new ApiError('cannot delete namespace fully: it has protected snapshots')
      return { data: removed }
    },
  }),
]

function findVisible(context: ApiContext, store: string) {
  if (!mayListBelow(context, store)) throw permissionDenied()
  return findDatastore(context, store)
}

async function removeUnlessKept(served: Parameters<typeof removeGroup>[0], namespace: string): Promise<void> {
  try {
    await removeNamespace(served.store, namespace)
  } catch (error) {
    // What is protected keeps its namespace, and is told at the end.
    if (!(error instanceof HoldfastError && error.code === 'path/not-empty')) throw error
    let hasGroups = false
    for await (const below of listNamespaces(served.store, namespace)) {
      for await (const _group of listGroups(served.store, below)) hasGroups = true
    }
    if (!hasGroups) throw new ApiError(`cannot delete namespace '${namespace}': it is not empty`, 400, error)
  }
}

function checkDepth(namespace: string): void {
  try {
    parseNamespace(namespace)
  } catch (cause) {
    throw new ApiError(`namespace '${namespace.slice(0, 300)}' is too long or too deep`, 400, cause)
  }
}

async function exists(served: Parameters<typeof checkNamespaceExists>[0], namespace: string): Promise<boolean> {
  try {
    await checkNamespaceExists(served, namespace)
    return true
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return false
    throw error
  }
}
