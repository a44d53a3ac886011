import { readOwner } from '../../../../storage/datastore/group-dir.ts'
import type { GroupRef } from '../../../../storage/datastore/layout.ts'
import { isOwner } from '../../wire/names.ts'
import { checkPrivilege, type Needs, privilegesOn } from '../guard.ts'
import type { ApiContext, ServedDatastore } from '../server-context.ts'

/** Who may list: with `Audit` everything, with `Backup` what is their own (spec pbs §8.1). */
const LISTING: Needs = { full: ['Datastore.Audit'], asOwner: 'Datastore.Backup' }

/** Says of each group of a namespace whether the caller sees it. Throws 403 when there is no right to list at all. */
export function createGroupFilter(
  context: ApiContext,
  served: ServedDatastore,
  namespace: string,
): (group: GroupRef) => Promise<boolean> {
  const { isLimited } = checkPrivilege(context, { store: served.name, namespace }, LISTING)
  if (!isLimited) return async () => true
  return async (group) => {
    const owner = await readOwner(served.store, group)
    return owner !== undefined && isOwner(owner, context.caller)
  }
}

/** Any right on the datastore, or on a namespace of it, makes it visible. */
export function mayListBelow(context: ApiContext, store: string): boolean {
  return context.access.seesBelow(context.caller, ['datastore', store])
}

/** Any right on the namespace makes it visible. */
export function maySeeNamespace(context: ApiContext, store: string, namespace: string): boolean {
  return privilegesOn(context, store, namespace).size > 0
}
