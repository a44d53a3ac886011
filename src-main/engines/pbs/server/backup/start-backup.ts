import { z } from 'zod'
import { HoldfastError } from '../../../../../src-shared/errors.ts'
import type { SnapshotRef } from '../../../../../src-shared/model/snapshot.ts'
import { readOwner } from '../../../../storage/datastore/group-dir.ts'
import { formatSnapshotRef, MANIFEST_NAME } from '../../../../storage/datastore/layout.ts'
import { readSnapshotFile } from '../../../../storage/datastore/snapshot-dir.ts'
import { type SnapshotDraft, startSnapshot } from '../../../../storage/datastore/snapshot-draft.ts'
import { newestFinished } from '../../../../storage/datastore/snapshot-list.ts'
import { parseManifest } from '../../../../storage/manifest.ts'
import { formatAuthId } from '../../wire/names.ts'
import { datastoreName, flag, namespaceField, snapshotFields } from '../../wire/parameters.ts'
import { checkParameters, type RawParameters } from '../../wire/read-parameters.ts'
import { BACKUP_PROTOCOL } from '../../wire/upgrade.ts'
import { ApiError } from '../api-error.ts'
import { checkOwnerIs, checkPrivilege, findDatastore, snapshotOf } from '../guard.ts'
import { checkNamespaceExists } from '../namespace-check.ts'
import type { ApiContext, ServedDatastore } from '../server-context.ts'
import { checkUpgrade } from '../upgrade-check.ts'
import { BackupSession } from './backup-session.ts'

const parameters = z.strictObject({
  store: datastoreName(),
  ...namespaceField,
  ...snapshotFields,
  debug: flag().optional(),
  benchmark: flag().optional(),
  // Asks to go around a cache that only datastores on S3 have.
  'no-cache': flag().optional(),
})

/** The checks of spec pbs §1.6 in its order, then the connection's state. */
export async function startBackup(
  context: ApiContext,
  raw: RawParameters,
  upgrade: string | undefined,
): Promise<BackupSession> {
  const { store, benchmark = false, ...rest } = checkParameters(parameters, raw)
  const ref = snapshotOf(rest)
  checkPrivilege(context, { store, namespace: ref.namespace }, { full: ['Datastore.Backup'] })
  const served = findDatastore(context, store)
  if (served.readOnly !== undefined) throw new ApiError(`datastore '${store}' is read-only: ${served.readOnly}`)
  checkUpgrade(upgrade, BACKUP_PROTOCOL)
  await checkNamespaceExists(served, ref.namespace)
  checkBenchmark(ref, benchmark)
  const draft = await openDraft(context, served, { ref, benchmark })
  const hasBase = draft.base !== undefined && (await isBaseGood(served, draft.base))
  const task = context.tasks.start({
    type: benchmark ? 'benchmark' : 'backup',
    workerId: `${store}:${ref.type}/${ref.backupId}`,
    authId: context.caller,
    store,
  })
  task.log.add(`starting new backup on datastore '${store}': "${formatSnapshotRef(ref)}"`)
  if (hasBase && draft.base !== undefined) task.log.add(`base snapshot: ${formatSnapshotRef(draft.base)}`)
  return new BackupSession({ context, served, draft, task, hasBase, isBenchmark: benchmark })
}

async function openDraft(
  context: ApiContext,
  served: ServedDatastore,
  { ref, benchmark }: { readonly ref: SnapshotRef; readonly benchmark: boolean },
): Promise<SnapshotDraft> {
  // Before anything of the group is touched; once more below, when its lock is held.
  const owner = await readOwner(served.store, ref)
  if (owner !== undefined && !benchmark) checkOwnerIs(owner, context.caller)
  const base = await newestFinished(served.store, ref)
  try {
    if (base !== undefined && ref.time <= base.ref.time) await refuseOldTime(served, ref)
    const draft = await startSnapshot(served.store, ref, {
      owner: formatAuthId(context.caller),
      now: () => context.clock.now(),
    })
    try {
      if (!benchmark) checkOwnerIs(draft.owner, context.caller)
      return draft
    } catch (error) {
      await draft.discard()
      throw error
    }
  } catch (error) {
    throw translate(error)
  }
}

/** A group that is busy is told so first: its newest snapshot may be the one that is being written. */
async function refuseOldTime(served: ServedDatastore, ref: SnapshotRef): Promise<never> {
  const lock = await served.store.locks.lockGroup(ref)
  await lock.release()
  throw new ApiError('backup timestamp is older than last backup.')
}

function translate(error: unknown): unknown {
  if (!(error instanceof HoldfastError)) return error
  switch (error.code) {
    case 'repository/locked':
      return new ApiError(`unable to acquire backup group lock - ${error.message}`, 400, error)
    case 'snapshot/exists':
      return new ApiError('backup directory already exists.', 400, error)
    default:
      return error
  }
}

function checkBenchmark({ type, backupId }: SnapshotRef, benchmark: boolean): void {
  const isPlace = type === 'host' && backupId === 'benchmark'
  if (isPlace && !benchmark) throw new ApiError('unable to run benchmark without --benchmark flags')
  if (!isPlace && benchmark) throw new ApiError("benchmark flags is only allowed on 'host/benchmark'")
}

/** A base that failed verification is none, so that everything is uploaded anew. */
async function isBaseGood(served: ServedDatastore, base: SnapshotRef): Promise<boolean> {
  try {
    const { unprotected } = parseManifest(await readSnapshotFile(served.store, base, MANIFEST_NAME))
    return unprotected.verify_state?.state !== 'failed'
  } catch (error) {
    // Nobody can build on a snapshot whose manifest cannot be read.
    if (error instanceof HoldfastError) return false
    throw error
  }
}
