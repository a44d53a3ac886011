import { type GroupRef, parseNamespace } from '../../../../storage/datastore/layout.ts'
import { listGroups, listNamespaces } from '../../../../storage/datastore/snapshot-list.ts'
import { ApiError } from '../api-error.ts'
import { checkOwner } from '../guard.ts'
import type { ApiContext, ServedDatastore } from '../server-context.ts'

/** Of namespaces below one (spec pbs §1.2). */
export const MAX_DEPTH = 7

/** The groups of a namespace and of those below it, to a depth. */
export async function* groupsBelow(
  { store }: ServedDatastore,
  namespace: string,
  depth: number,
): AsyncGenerator<GroupRef> {
  const base = parseNamespace(namespace).length
  for await (const each of listNamespaces(store, namespace)) {
    if (parseNamespace(each).length - base <= depth) yield* listGroups(store, each)
  }
}

/** Whether the caller owns the group. */
export async function isOwnGroup(context: ApiContext, served: ServedDatastore, group: GroupRef): Promise<boolean> {
  try {
    await checkOwner(context, served, group)
    return true
  } catch (error) {
    if (error instanceof ApiError) return false
    throw error
  }
}
