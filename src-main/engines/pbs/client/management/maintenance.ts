import { z } from 'zod'
import type { Retention } from '../../../../../src-shared/model/retention.ts'
import { backupType, type SnapshotRef } from '../../../../../src-shared/model/snapshot.ts'
import type { PbsApi } from '../pbs-api.ts'
import { groupParameters, namespaceParameter, snapshotParameters } from '../snapshot-parameters.ts'
import type { Parameters } from '../transport/query.ts'
import type { GroupPlace } from './groups.ts'

/** Verification, pruning and garbage collection (spec pbs §8.1, §8.5 to §8.7). The long ones are tasks: see tasks.ts. */

const number = z.union([z.int(), z.bigint()]).transform(Number)
const pruneItem = z.object({
  'backup-type': backupType,
  'backup-id': z.string(),
  'backup-time': z.int().positive(),
  keep: z.boolean(),
  protected: z.boolean().nullish(),
})
const garbageStatus = z.object({
  'removed-bytes': number,
  'removed-chunks': number,
  'pending-bytes': number,
  'pending-chunks': number,
  'disk-bytes': number,
  'disk-chunks': number,
})

export type PruneItem = z.infer<typeof pruneItem>
export type GarbageStatus = z.infer<typeof garbageStatus>

export interface VerifyScope {
  readonly store: string
  /** One snapshot; absent for all in the namespace and below. */
  readonly ref?: SnapshotRef | undefined
  readonly namespace: string
  /** Verified well since so many days: skipped. Absent: nothing is skipped. */
  readonly outdatedAfterDays?: number | undefined
}

/** Returns the task. */
export async function startVerify(
  api: PbsApi,
  { store, ref, namespace, outdatedAfterDays }: VerifyScope,
  signal: AbortSignal,
): Promise<string> {
  const parameters: Parameters = {
    ...(ref === undefined ? namespaceParameter(namespace) : snapshotParameters(ref)),
    'ignore-verified': outdatedAfterDays !== undefined,
    'outdated-after': outdatedAfterDays,
  }
  return await api.call(z.string(), { method: 'POST', path: `admin/datastore/${store}/verify`, parameters }, signal)
}

export interface PruneRequest extends GroupPlace {
  readonly retention: Retention
}

/** Oldest first, with what would become of each. */
export async function previewPrune(
  api: PbsApi,
  request: PruneRequest,
  signal: AbortSignal,
): Promise<readonly PruneItem[]> {
  return await api.call(z.array(pruneItem), pruneCall(request, { 'dry-run': true }), signal)
}

/** Returns the task, or, of a server that prunes at once, what has become of each. */
export async function startPrune(
  api: PbsApi,
  request: PruneRequest,
  signal: AbortSignal,
): Promise<string | readonly PruneItem[]> {
  const reply = z.union([z.string(), z.array(pruneItem)])
  return await api.call(reply, pruneCall(request, { 'dry-run': false, 'use-task': true }), signal)
}

function pruneCall({ store, group, retention }: PruneRequest, how: Parameters) {
  const parameters: Parameters = {
    ...groupParameters(group),
    'keep-last': retention.last,
    'keep-hourly': retention.hourly,
    'keep-daily': retention.daily,
    'keep-weekly': retention.weekly,
    'keep-monthly': retention.monthly,
    'keep-yearly': retention.yearly,
    ...how,
  }
  return { method: 'POST', path: `admin/datastore/${store}/prune`, parameters } as const
}

/** Returns the task. */
export async function startGarbageCollection(api: PbsApi, store: string, signal: AbortSignal): Promise<string> {
  return await api.call(z.string(), { method: 'POST', path: `admin/datastore/${store}/gc` }, signal)
}

/** Of the last collection. */
export async function garbageCollectionStatus(api: PbsApi, store: string, signal: AbortSignal): Promise<GarbageStatus> {
  return await api.call(garbageStatus, { method: 'GET', path: `admin/datastore/${store}/gc` }, signal)
}
