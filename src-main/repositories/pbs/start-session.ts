import { HoldfastError } from '../../../src-shared/errors.ts'
import type { SnapshotRef } from '../../../src-shared/model/snapshot.ts'
import { BackupSession } from '../../engines/pbs/client/backup/backup-session.ts'
import { listSnapshots } from '../../engines/pbs/client/management/snapshots.ts'
import type { PbsApi } from '../../engines/pbs/client/pbs-api.ts'
import { PbsRefusal } from '../../engines/pbs/client/transport/refusal.ts'
import { pause } from '../../engines/pbs/client/transport/retry.ts'
import { formatSnapshotRef } from '../../storage/datastore/layout.ts'

/** A server takes a moment to clear away what was broken off before: the group is locked until then (spec pbs §10.1). */
const BUSY_DELAYS_MS: readonly number[] = [50, 150, 400, 900]

/** Throws `repository/locked`, `snapshot/exists`, `input/invalid`, `auth/denied`, `path/not-found`. */
export async function startSession(
  api: PbsApi,
  target: { readonly datastore: string; readonly ref: SnapshotRef },
  signal: AbortSignal,
): Promise<BackupSession> {
  for (const delayMs of BUSY_DELAYS_MS) {
    try {
      return await BackupSession.open(api, target, signal)
    } catch (error) {
      if (!(error instanceof HoldfastError) || error.code !== 'repository/locked')
        throw await explain(api, target, { error, signal })
    }
    await pause(delayMs, signal)
  }
  try {
    return await BackupSession.open(api, target, signal)
  } catch (error) {
    throw await explain(api, target, { error, signal })
  }
}

/** `older than last backup` is also what the server says about the very same second. */
async function explain(
  api: PbsApi,
  { datastore, ref }: { readonly datastore: string; readonly ref: SnapshotRef },
  { error, signal }: { readonly error: unknown; readonly signal: AbortSignal },
): Promise<unknown> {
  if (!(error instanceof PbsRefusal) || error.code !== 'input/invalid') return error
  const { namespace, type, backupId } = ref
  const others = await listSnapshots(api, { store: datastore, namespace, type, backupId }, signal)
  const isTaken = others.some((other) => other['backup-time'] === ref.time)
  return isTaken ? new HoldfastError('snapshot/exists', { detail: formatSnapshotRef(ref), cause: error }) : error
}
