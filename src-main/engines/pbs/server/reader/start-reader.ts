import { z } from 'zod'
import { HoldfastError } from '../../../../../src-shared/errors.ts'
import type { SnapshotRef } from '../../../../../src-shared/model/snapshot.ts'
import type { FileLock } from '../../../../storage/datastore/file-lock.ts'
import { formatSnapshotRef } from '../../../../storage/datastore/layout.ts'
import { inspectSnapshot } from '../../../../storage/datastore/snapshot-list.ts'
import { datastoreName, flag, namespaceField, snapshotFields } from '../../wire/parameters.ts'
import { checkParameters, type RawParameters } from '../../wire/read-parameters.ts'
import { READER_PROTOCOL } from '../../wire/upgrade.ts'
import { ApiError } from '../api-error.ts'
import { checkOwner, checkPrivilege, findDatastore, snapshotOf } from '../guard.ts'
import { checkNamespaceExists } from '../namespace-check.ts'
import type { ApiContext, ServedDatastore } from '../server-context.ts'
import { checkUpgrade } from '../upgrade-check.ts'
import { ReaderSession } from './reader-session.ts'

const parameters = z.strictObject({
  store: datastoreName(),
  ...namespaceField,
  ...snapshotFields,
  debug: flag().optional(),
})

/** The checks of spec pbs §3, then the connection's state. */
export async function startReader(
  context: ApiContext,
  raw: RawParameters,
  upgrade: string | undefined,
): Promise<ReaderSession> {
  const { store, ...rest } = checkParameters(parameters, raw)
  const ref = snapshotOf(rest)
  const { isLimited } = checkPrivilege(
    context,
    { store, namespace: ref.namespace },
    { full: ['Datastore.Read'], asOwner: 'Datastore.Backup' },
  )
  const served = findDatastore(context, store)
  checkUpgrade(upgrade, READER_PROTOCOL)
  await checkNamespaceExists(served, ref.namespace)
  if (isLimited) await checkOwner(context, served, ref)
  const lock = await lockForReading(served, ref)
  const time = ref.time.toString(16).toUpperCase().padStart(8, '0')
  const task = context.tasks.start({
    type: 'reader',
    workerId: `${store}:${ref.type}/${ref.backupId}/${time}`,
    authId: context.caller,
    store,
  })
  task.log.add(`starting new backup reader datastore '${store}': "${formatSnapshotRef(ref)}"`)
  return new ReaderSession({ served, ref, task, lock })
}

async function lockForReading(served: ServedDatastore, ref: SnapshotRef): Promise<FileLock> {
  const unknown = () => new ApiError(`snapshot ${formatSnapshotRef(ref)} does not exist.`)
  if ((await inspectSnapshot(served.store, ref))?.isFinished !== true) throw unknown()
  const lock = await lockShared(served, ref)
  // It may have been removed before the lock was ours.
  if ((await inspectSnapshot(served.store, ref))?.isFinished === true) return lock
  await lock.release()
  throw unknown()
}

async function lockShared(served: ServedDatastore, ref: SnapshotRef): Promise<FileLock> {
  try {
    return await served.store.locks.lockSnapshot(ref, 'shared')
  } catch (error) {
    if (error instanceof HoldfastError && error.code === 'repository/locked')
      throw new ApiError(`locked by another operation: ${formatSnapshotRef(ref)}`, 400, error)
    throw error
  }
}
