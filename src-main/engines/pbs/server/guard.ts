import type { SnapshotRef } from '../../../../src-shared/model/snapshot.ts'
import { readOwner } from '../../../storage/datastore/group-dir.ts'
import { type GroupRef, parseNamespace } from '../../../storage/datastore/layout.ts'
import { type AuthId, formatAuthId, isOwner } from '../wire/names.ts'
import type { Privilege } from './access/privileges.ts'
import { ApiError, permissionDenied } from './api-error.ts'
import type { ServedDatastore, ServerContext } from './server-context.ts'

/** The rights a call needs: the full privilege, or the weaker one of the group's owner (spec pbs §8.1). */
export interface Needs {
  readonly full?: readonly Privilege[] | undefined
  readonly asOwner?: Privilege | undefined
}

export interface Caller extends ServerContext {
  readonly caller: AuthId
}

export function privilegesOn(context: Caller, store: string, namespace = ''): ReadonlySet<Privilege> {
  return context.access.privileges(context.caller, ['datastore', store, ...parseNamespace(namespace)])
}

/** Checks rights before it says whether the datastore exists. */
export function findDatastore(context: ServerContext, name: string): ServedDatastore {
  const served = context.datastores.get(name)
  if (served === undefined) throw new ApiError(`datastore '${name}' does not exist.`, 404)
  return served
}

/**
 * Lets pass who has one of the full privileges. Others need the weaker one: then `isLimited` says that only groups of
 * their own are theirs.
 */
export function checkPrivilege(
  context: Caller,
  place: { readonly store: string; readonly namespace: string },
  { full = [], asOwner }: Needs,
): { readonly isLimited: boolean } {
  const granted = privilegesOn(context, place.store, place.namespace)
  if (full.some((privilege) => granted.has(privilege))) return { isLimited: false }
  if (asOwner !== undefined && granted.has(asOwner)) return { isLimited: true }
  throw permissionDenied()
}

/** Throws PBS's text unless the caller owns the group. A group that is not there belongs to nobody. */
export async function checkOwner(context: Caller, served: ServedDatastore, group: GroupRef): Promise<void> {
  const owner = await readOwner(served.store, group)
  if (owner !== undefined) checkOwnerIs(owner, context.caller)
}

export function checkOwnerIs(owner: string, caller: AuthId): void {
  if (isOwner(owner, caller)) return
  throw new ApiError(`backup owner check failed (${formatAuthId(caller)} != ${owner})`)
}

export interface GroupParameters {
  readonly store: string
  readonly ns?: string | undefined
  readonly 'backup-type': GroupRef['type']
  readonly 'backup-id': string
}

export function groupOf({ ns, 'backup-type': type, 'backup-id': backupId }: Omit<GroupParameters, 'store'>): GroupRef {
  return { namespace: ns ?? '', type, backupId }
}

export function snapshotOf(
  parameters: Omit<GroupParameters, 'store'> & { readonly 'backup-time': number },
): SnapshotRef {
  return { ...groupOf(parameters), time: parameters['backup-time'] }
}

/** The datastore of a call about one group, for who may make it. */
export async function openGroup(context: Caller, parameters: GroupParameters, needs: Needs): Promise<ServedDatastore> {
  const group = groupOf(parameters)
  const { isLimited } = checkPrivilege(context, { store: parameters.store, namespace: group.namespace }, needs)
  const served = findDatastore(context, parameters.store)
  if (isLimited) await checkOwner(context, served, group)
  return served
}
