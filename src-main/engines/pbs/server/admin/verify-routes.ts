import { z } from 'zod'
import { backupType, type SnapshotRef } from '../../../../../src-shared/model/snapshot.ts'
import type { GroupRef } from '../../../../storage/datastore/layout.ts'
import { listSnapshots } from '../../../../storage/datastore/snapshot-list.ts'
import { choice, datastoreName, flag, integer, namespaceField, safeId, snapshotFields } from '../../wire/parameters.ts'
import { ApiError } from '../api-error.ts'
import { checkOwner, checkPrivilege, findDatastore } from '../guard.ts'
import { type Route, route } from '../http/route.ts'
import { checkNamespaceExists } from '../namespace-check.ts'
import type { ApiContext, ServedDatastore } from '../server-context.ts'
import { startVerify } from '../tasks/verify-task.ts'
import { groupsBelow, isOwnGroup, MAX_DEPTH } from './groups-below.ts'
import { findSnapshot } from './snapshot-routes.ts'

const DAY_MS = 86_400_000

/** Holding snapshots against what they were (spec pbs §8.7). */
export const verifyRoutes: readonly Route<ApiContext>[] = [
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
