import type { SnapshotRef } from '../../../../../src-shared/model/snapshot.ts'
import { inspectBlob, readKind } from '../../../../storage/blob.ts'
import { formatSnapshotRef } from '../../../../storage/datastore/layout.ts'
import { verifyDatastore } from '../../../../storage/datastore/verify.ts'
import type { ChunkOpener } from '../../../../storage/datastore/verify-chunks.ts'
import type { SnapshotProblem } from '../../../../storage/datastore/verify-snapshot.ts'
import type { ChunkSealer } from '../../../../storage/seal/chunk-sealer.ts'
import type { ApiContext, ServedDatastore } from '../server-context.ts'
import type { RunningTask } from './task-registry.ts'

export interface VerifyRequest {
  readonly served: ServedDatastore
  /** Absent: all of the datastore. */
  readonly snapshots?: readonly SnapshotRef[] | undefined
  readonly type: 'verify' | 'verify_group' | 'verify_snapshot'
  /** Unix milliseconds; see `VerifyOptions`. */
  readonly skipVerifiedSince?: number | undefined
}

/** Chunks that are read and decoded at once. */
const CONCURRENCY = 4

/** Starts a verification as a task (spec pbs §8.7). */
export function startVerify(context: ApiContext, request: VerifyRequest): RunningTask {
  const { served, snapshots, type, skipVerifiedSince } = request
  const first = snapshots?.[0]
  const workerId = first === undefined || type === 'verify' ? served.name : `${served.name}:${idOf(type, first)}`
  return context.tasks.run({ type, workerId, authId: context.caller, store: served.name }, async (task) => {
    const report = await verifyDatastore(
      served.store,
      {
        snapshots,
        skipVerifiedSince,
        taskId: task.upid,
        openerFor: () => openerWith(context.sealer),
        concurrency: CONCURRENCY,
        observer: {
          total: (count) => task.log.add(`found ${count} snapshots`),
          archive: (ref, filename) => task.log.add(`verify ${formatSnapshotRef(ref)}/${filename}`),
          problem: (ref, problem) => task.log.add(damageLine(ref, problem)),
          snapshotDone: ({ ref, state }) => task.log.add(`${formatSnapshotRef(ref)}: ${state}`),
        },
      },
      task.signal,
    )
    const failed = report.snapshots.filter(({ state }) => state === 'failed')
    if (failed.length === 0) return
    task.log.add('Failed to verify the following snapshots/groups:')
    for (const { ref } of failed) task.log.add(`\t${formatSnapshotRef(ref)}`)
    throw new Error('verification failed - please check the log for details')
  })
}

/** Names the chunk, so that who reads the log can find it, and which files it touches, without asking again. */
function damageLine(ref: SnapshotRef, { filename, digest, reason }: SnapshotProblem): string {
  const what = digest === undefined ? reason : `chunk ${digest}: ${reason}`
  return `verify ${formatSnapshotRef(ref)}/${filename} failed: ${what}`
}

function idOf(type: VerifyRequest['type'], { type: backupType, backupId, time }: SnapshotRef): string {
  const group = `${backupType}/${backupId}`
  return type === 'verify_group' ? group : `${group}/${time.toString(16).toUpperCase().padStart(8, '0')}`
}

/** A server has no keys: encrypted chunks are held against their checksums only, whatever the manifest says. */
function openerWith(sealer: ChunkSealer): ChunkOpener {
  return {
    open: async (blob, expected, signal) => {
      signal.throwIfAborted()
      if (readKind(blob).isEncrypted) inspectBlob(blob)
      else await sealer.open(blob, expected, signal)
    },
  }
}
