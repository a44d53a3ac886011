import { z } from 'zod'
import { readGroupNotes, readOwner, writeGroupNotes, writeOwner } from '../../../../storage/datastore/group-dir.ts'
import type { GroupRef } from '../../../../storage/datastore/layout.ts'
import { listGroups, listSnapshots } from '../../../../storage/datastore/snapshot-list.ts'
import { type AuthId, isOwner, parseAuthId } from '../../wire/names.ts'
import { authIdText, datastoreName, flag, groupFields, namespaceField, text } from '../../wire/parameters.ts'
import { ApiError, authenticationFailed } from '../api-error.ts'
import { checkPrivilege, findDatastore, groupOf, type Needs, openGroup } from '../guard.ts'
import { type Route, route } from '../http/route.ts'
import { checkNamespaceExists } from '../namespace-check.ts'
import type { ApiContext, ServedDatastore } from '../server-context.ts'
import { removeGroup } from './remove-group.ts'
import { firstLine } from './snapshot-item.ts'
import { createGroupFilter } from './visible.ts'

const MAX_NOTES = 64 << 10
const oneGroup = { store: datastoreName(), ...namespaceField, ...groupFields }
const reading: Needs = { full: ['Datastore.Audit'], asOwner: 'Datastore.Backup' }
const writing: Needs = { full: ['Datastore.Modify'], asOwner: 'Datastore.Backup' }
const removing: Needs = { full: ['Datastore.Modify'], asOwner: 'Datastore.Prune' }

/** Groups of snapshots (spec pbs §8.1, §8.2). */
export const groupRoutes: readonly Route<ApiContext>[] = [
  route({
    method: 'GET',
    path: 'admin/datastore/{store}/groups',
    parameters: z.strictObject({ store: datastoreName(), ...namespaceField }),
    async handle(context: ApiContext, { parameters: { store, ns: namespace = '' } }) {
      const { served, isVisible } = await openListing(context, store, namespace)
      const items = []
      for await (const group of listGroups(served.store, namespace)) {
        if (await isVisible(group)) items.push(await groupItem(served, group))
      }
      return { data: items }
    },
  }),
  route({
    method: 'DELETE',
    path: 'admin/datastore/{store}/groups',
    parameters: z.strictObject({ ...oneGroup, 'error-on-protected': flag().optional() }),
    async handle(context: ApiContext, { parameters }) {
      const served = await openGroup(context, parameters, removing)
      const group = groupOf(parameters)
      await checkGroupExists(served, group)
      const result = await removeGroup(served, group)
      if (result.protected > 0 && parameters['error-on-protected'] !== false)
        throw new ApiError('cannot delete group: it has protected snapshots')
      return {
        data: {
          'removed-groups': result.isGone ? 1 : 0,
          'removed-snapshots': result.removed,
          'protected-snapshots': result.protected,
        },
      }
    },
  }),
  route({
    method: 'GET',
    path: 'admin/datastore/{store}/group-notes',
    parameters: z.strictObject(oneGroup),
    async handle(context: ApiContext, { parameters }) {
      const served = await openGroup(context, parameters, reading)
      await checkGroupExists(served, groupOf(parameters))
      return { data: await readGroupNotes(served.store, groupOf(parameters)) }
    },
  }),
  route({
    method: 'PUT',
    path: 'admin/datastore/{store}/group-notes',
    parameters: z.strictObject({ ...oneGroup, notes: text(MAX_NOTES) }),
    async handle(context: ApiContext, { parameters }) {
      const served = await openGroup(context, parameters, writing)
      await checkGroupExists(served, groupOf(parameters))
      await writeGroupNotes(served.store, groupOf(parameters), parameters.notes)
      return { data: null }
    },
  }),
  route({
    method: 'POST',
    path: 'admin/datastore/{store}/change-owner',
    parameters: z.strictObject({ ...oneGroup, 'new-owner': authIdText() }),
    async handle(context: ApiContext, { parameters }) {
      const { store, 'new-owner': newOwner } = parameters
      const group = groupOf(parameters)
      const { isLimited } = checkPrivilege(context, { store, namespace: group.namespace }, writing)
      const served = findDatastore(context, store)
      const owner = await checkGroupExists(served, group)
      if (isLimited && !mayHandOver(context.caller, owner, newOwner))
        throw authenticationFailed('not allowed to change the owner to another user')
      if (!context.access.isActive(newOwner)) throw new ApiError('new owner is not active or does not exist')
      await writeOwner(served.store, group, newOwner)
      return { data: null }
    },
  }),
]

/** A namespace as the caller may list it. */
export async function openListing(context: ApiContext, store: string, namespace: string) {
  // Rights first: who has none does not learn what exists.
  checkPrivilege(context, { store, namespace }, reading)
  const served = findDatastore(context, store)
  await checkNamespaceExists(served, namespace)
  return { served, isVisible: createGroupFilter(context, served, namespace) }
}

/** Its owner, empty for a group that lost it. Throws 404 when there is no such group. */
async function checkGroupExists({ store }: ServedDatastore, group: GroupRef): Promise<string> {
  const owner = await readOwner(store, group)
  if (owner !== undefined) return owner
  for await (const each of listGroups(store, group.namespace)) {
    if (each.type === group.type && each.backupId === group.backupId) return ''
  }
  throw new ApiError(`group '${group.type}/${group.backupId}' does not exist`, 404)
}

/** Between a user and the user's own tokens, or two of these; a token may only give to its own user's. */
function mayHandOver(caller: AuthId, owner: string, newOwner: string): boolean {
  const [from, to] = [parseAuthId(owner), parseAuthId(newOwner)]
  if (from === undefined || to === undefined || from.user !== to.user || from.user !== caller.user) return false
  return caller.token === undefined || isOwner(owner, caller)
}

async function groupItem({ store }: ServedDatastore, group: GroupRef) {
  const owner = await readOwner(store, group)
  const notes = await readGroupNotes(store, group)
  const snapshots = await Array.fromAsync(listSnapshots(store, group))
  const finished = snapshots.filter(({ isFinished }) => isFinished)
  // A single one counts even while it is being written.
  const last = finished.at(-1) ?? (snapshots.length === 1 ? snapshots[0] : undefined)
  return {
    'backup-type': group.type,
    'backup-id': group.backupId,
    'last-backup': last?.ref.time ?? 0,
    'backup-count': snapshots.length,
    files: [...(last?.filenames ?? [])],
    owner,
    comment: notes === '' ? undefined : firstLine(notes),
  }
}
