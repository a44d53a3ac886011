import { HoldfastError } from '../../../src-shared/errors.ts'
import type { JobSpec } from '../../../src-shared/model/job.ts'
import type { SnapshotRef } from '../../../src-shared/model/snapshot.ts'
import type { Repository, VerifyOptions, VerifyResult } from '../../repositories/repository.ts'
import { formatSnapshotRef } from '../../storage/datastore/layout.ts'
import type { JobOutcome } from './job-order.ts'
import { type JobTools, repositoryAccess } from './job-tools.ts'
import { serverLines } from './server-lines.ts'

const dayMs = 24 * 60 * 60_000
/** Files of one snapshot that are named; more are in no summary's interest. */
const maximumFiles = 1000

/** Reads everything back. Damage does not fail the job's run: it is what it found, and the job says so as an error at its end. */
export async function runVerify(tools: JobTools, spec: Extract<JobSpec, { kind: 'verify' }>): Promise<JobOutcome> {
  const { meter, log, index, signal } = tools
  const repository = await tools.openRepository(repositoryAccess(tools), signal)
  try {
    const snapshots = spec.snapshotIds?.map((id) => {
      const known = index.find(id)
      if (known === undefined) throw new HoldfastError('snapshot/unknown')
      return known.ref
    })
    const days = spec.skipVerifiedWithinDays
    const result = await verifySnapshots(tools, repository, {
      snapshots,
      skipVerifiedSince: days === undefined ? undefined : Date.now() - days * dayMs,
    })
    await refreshIndex(tools, repository, snapshots)
    return {
      summary: {
        doneBytes: meter.doneBytes,
        storedBytes: 0,
        verify: {
          snapshots: result.snapshots,
          chunks: result.chunks,
          corrupt: result.corrupt.length,
          affected: result.affected.map(({ ref, files }) => ({
            snapshot: formatSnapshotRef(ref),
            files: files.slice(0, maximumFiles),
          })),
        },
      },
      warnings: log.warnings,
      usage: undefined,
      changedSnapshots: true,
    }
  } finally {
    await repository.close()
  }
}

/** Throws `repository/unsupported` where there is no verify. */
export async function verifySnapshots(
  { meter, log, signal }: JobTools,
  repository: Repository,
  options: VerifyOptions,
): Promise<VerifyResult> {
  if (repository.maintenance.verify === undefined) throw new HoldfastError('repository/unsupported')
  meter.enter('checking')
  const before = meter.doneBytes
  let isAnnounced = false
  const result = await repository.maintenance.verify(
    options,
    {
      total: (snapshots, bytes) => {
        // Called again as the bytes become known.
        if (!isAnnounced) log.line('info', `Reads back ${snapshots} ${snapshots === 1 ? 'snapshot' : 'snapshots'}.`)
        isAnnounced = true
        meter.totalBytes = before + Number(bytes)
      },
      checked: (bytes) => {
        meter.doneBytes += bytes
      },
      snapshotDone: (ref, isOk) =>
        log.line(isOk ? 'info' : 'warn', `${formatSnapshotRef(ref)}: ${isOk ? 'good' : 'damaged'}.`),
      said: serverLines(log),
      corrupt: ({ digest, filename, reason }) => log.line('error', `${filename ?? digest ?? 'A block'}: ${reason}`),
    },
    signal,
  )
  for (const { ref, files } of result.affected) {
    for (const path of files.slice(0, maximumFiles)) {
      log.problem({ path, outcome: 'failed', reason: `Damaged in ${formatSnapshotRef(ref)}.` })
    }
  }
  return result
}

/** The new marks of verification into the catalog. */
async function refreshIndex(
  { index, order, signal }: JobTools,
  repository: Repository,
  only: readonly SnapshotRef[] | undefined,
): Promise<void> {
  const access = order.repository
  if (access === undefined) return
  const wanted = only === undefined ? undefined : new Set(only.map(formatSnapshotRef))
  for await (const snapshot of repository.snapshots(signal)) {
    if (wanted === undefined || wanted.has(formatSnapshotRef(snapshot.ref))) index.put(access.id, snapshot)
  }
}
