import { z } from 'zod'
import { backupType } from '../../../../../src-shared/model/snapshot.ts'
import type { PbsApi } from '../pbs-api.ts'
import { type GroupName, groupParameters, namespaceParameter } from '../snapshot-parameters.ts'

/** Groups of snapshots (spec pbs §8.1). */

const groupItem = z.object({
  'backup-type': backupType,
  'backup-id': z.string(),
  'last-backup': z.int().nonnegative(),
  'backup-count': z.int().nonnegative(),
  files: z.array(z.string()),
  owner: z.string().nullish(),
  comment: z.string().nullish(),
})
const removal = z.object({ 'removed-snapshots': z.int(), 'protected-snapshots': z.int() })

export type GroupItem = z.infer<typeof groupItem>

export async function listGroups(
  api: PbsApi,
  { store, namespace }: { readonly store: string; readonly namespace: string },
  signal: AbortSignal,
): Promise<readonly GroupItem[]> {
  const parameters = namespaceParameter(namespace)
  return await api.call(
    z.array(groupItem),
    { method: 'GET', path: `admin/datastore/${store}/groups`, parameters },
    signal,
  )
}

/** One group of a datastore. */
export interface GroupPlace {
  readonly store: string
  readonly group: GroupName
}

/** With all its snapshots but those that are protected. */
export async function deleteGroup(api: PbsApi, { store, group }: GroupPlace, signal: AbortSignal) {
  // What is protected is counted, not refused.
  const parameters = { ...groupParameters(group), 'error-on-protected': false }
  const path = `admin/datastore/${store}/groups`
  const counts = await api.call(removal, { method: 'DELETE', path, parameters }, signal)
  return { removed: counts['removed-snapshots'], protected: counts['protected-snapshots'] }
}

export async function groupNotes(api: PbsApi, { store, group }: GroupPlace, signal: AbortSignal): Promise<string> {
  const path = `admin/datastore/${store}/group-notes`
  return await api.call(z.string(), { method: 'GET', path, parameters: groupParameters(group) }, signal)
}

export async function setGroupNotes(
  api: PbsApi,
  { store, group, notes }: GroupPlace & { readonly notes: string },
  signal: AbortSignal,
): Promise<void> {
  const path = `admin/datastore/${store}/group-notes`
  await api.call(z.unknown(), { method: 'PUT', path, parameters: { ...groupParameters(group), notes } }, signal)
}

/** To another namespace of the same datastore, joining a group of its name there. Returns the task. A server of PBS 4 or ours. */
export async function moveGroup(
  api: PbsApi,
  { store, group, target }: GroupPlace & { readonly target: string },
  signal: AbortSignal,
): Promise<string> {
  const path = `admin/datastore/${store}/move-group`
  const parameters = { ...groupParameters(group), ...(target === '' ? {} : { 'target-ns': target }) }
  return await api.call(z.string(), { method: 'POST', path, parameters }, signal)
}

/** What helps when a token meets a group that its user made (spec pbs §10.1). */
export async function changeOwner(
  api: PbsApi,
  { store, group, owner }: GroupPlace & { readonly owner: string },
  signal: AbortSignal,
): Promise<void> {
  const path = `admin/datastore/${store}/change-owner`
  const parameters = { ...groupParameters(group), 'new-owner': owner }
  await api.call(z.unknown(), { method: 'POST', path, parameters }, signal)
}
