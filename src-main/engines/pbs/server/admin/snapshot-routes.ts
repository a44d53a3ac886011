import { z } from 'zod'
import { HoldfastError } from '../../../../../src-shared/errors.ts'
import { backupType, type SnapshotRef } from '../../../../../src-shared/model/snapshot.ts'
import { formatSnapshotRef, MANIFEST_NAME } from '../../../../storage/datastore/layout.ts'
import {
  forgetSnapshot,
  readSnapshotFile,
  setProtected,
  updateManifest,
} from '../../../../storage/datastore/snapshot-dir.ts'
import {
  inspectSnapshot,
  listGroups,
  listSnapshots,
  type SnapshotListing,
} from '../../../../storage/datastore/snapshot-list.ts'
import { encodeManifest, parseManifest } from '../../../../storage/manifest.ts'
import { choice, datastoreName, flag, namespaceField, safeId, snapshotFields, text } from '../../wire/parameters.ts'
import { ApiError } from '../api-error.ts'
import { type Needs, openGroup, snapshotOf } from '../guard.ts'
import { type Route, route } from '../http/route.ts'
import type { ApiContext, ServedDatastore } from '../server-context.ts'
import { openListing } from './group-routes.ts'
import { snapshotFiles, snapshotItem } from './snapshot-item.ts'

const MAX_NOTES = 64 << 10
const oneSnapshot = { store: datastoreName(), ...namespaceField, ...snapshotFields }
const reading: Needs = { full: ['Datastore.Audit'], asOwner: 'Datastore.Backup' }
const writing: Needs = { full: ['Datastore.Modify'], asOwner: 'Datastore.Backup' }
const removing: Needs = { full: ['Datastore.Modify'], asOwner: 'Datastore.Prune' }
const listingFiles: Needs = { full: ['Datastore.Audit', 'Datastore.Read'], asOwner: 'Datastore.Backup' }

/** Single snapshots: what there are, what they hold, notes, protection, removal (spec pbs §8.1, §8.2). */
export const snapshotRoutes: readonly Route<ApiContext>[] = [
  route({
    method: 'GET',
    path: 'admin/datastore/{store}/snapshots',
    parameters: z.strictObject({
      store: datastoreName(),
      ...namespaceField,
      'backup-type': choice(backupType.options).optional(),
      'backup-id': safeId().optional(),
    }),
    async handle(context: ApiContext, { parameters }) {
      const { store, ns: namespace = '', 'backup-type': type, 'backup-id': id } = parameters
      const { served, isVisible } = await openListing(context, store, namespace)
      const items = []
      for await (const group of listGroups(served.store, namespace)) {
        if ((type ?? group.type) !== group.type || (id ?? group.backupId) !== group.backupId) continue
        if (!(await isVisible(group))) continue
        for await (const listing of listSnapshots(served.store, group)) items.push(await snapshotItem(served, listing))
      }
      return { data: items }
    },
  }),
  route({
    method: 'DELETE',
    path: 'admin/datastore/{store}/snapshots',
    parameters: z.strictObject(oneSnapshot),
    async handle(context: ApiContext, { parameters }) {
      const served = await openGroup(context, parameters, removing)
      const ref = snapshotOf(parameters)
      await findSnapshot(served, ref)
      try {
        await forgetSnapshot(served.store, ref)
      } catch (error) {
        if (error instanceof HoldfastError && error.code === 'snapshot/protected')
          throw new ApiError(`cannot remove protected snapshot ${formatSnapshotRef(ref)}`, 400, error)
        throw error
      }
      return { data: null }
    },
  }),
  route({
    method: 'GET',
    path: 'admin/datastore/{store}/files',
    parameters: z.strictObject(oneSnapshot),
    async handle(context: ApiContext, { parameters }) {
      const served = await openGroup(context, parameters, listingFiles)
      return { data: await snapshotFiles(served, await findSnapshot(served, snapshotOf(parameters))) }
    },
  }),
  route({
    method: 'GET',
    path: 'admin/datastore/{store}/notes',
    parameters: z.strictObject(oneSnapshot),
    async handle(context: ApiContext, { parameters }) {
      const served = await openGroup(context, parameters, reading)
      const { ref } = await findSnapshot(served, snapshotOf(parameters))
      const { unprotected } = parseManifest(await readSnapshotFile(served.store, ref, MANIFEST_NAME))
      return { data: unprotected.notes ?? '' }
    },
  }),
  route({
    method: 'PUT',
    path: 'admin/datastore/{store}/notes',
    parameters: z.strictObject({ ...oneSnapshot, notes: text(MAX_NOTES) }),
    async handle(context: ApiContext, { parameters }) {
      const served = await openGroup(context, parameters, writing)
      const { ref } = await findSnapshot(served, snapshotOf(parameters))
      await updateManifest(served.store, ref, (blob) => {
        const manifest = parseManifest(blob)
        return encodeManifest({ ...manifest, unprotected: { ...manifest.unprotected, notes: parameters.notes } })
      })
      return { data: null }
    },
  }),
  route({
    method: 'GET',
    path: 'admin/datastore/{store}/protected',
    parameters: z.strictObject(oneSnapshot),
    async handle(context: ApiContext, { parameters }) {
      const served = await openGroup(context, parameters, reading)
      return { data: (await findSnapshot(served, snapshotOf(parameters))).isProtected }
    },
  }),
  route({
    method: 'PUT',
    path: 'admin/datastore/{store}/protected',
    parameters: z.strictObject({ ...oneSnapshot, protected: flag() }),
    async handle(context: ApiContext, { parameters }) {
      const served = await openGroup(context, parameters, writing)
      const { ref } = await findSnapshot(served, snapshotOf(parameters))
      await setProtected(served.store, ref, parameters.protected)
      return { data: null }
    },
  }),
]

/** Throws 404 when there is no such snapshot. */
export async function findSnapshot({ store }: ServedDatastore, ref: SnapshotRef): Promise<SnapshotListing> {
  const listing = await inspectSnapshot(store, ref)
  if (listing === undefined) throw new ApiError(`snapshot ${formatSnapshotRef(ref)} does not exist.`, 404)
  return listing
}
