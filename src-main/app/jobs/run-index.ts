import { snapshotIdOf } from '../../catalog/index/natural-ids.ts'
import type { StoredSnapshot } from '../../repositories/repository.ts'
import { formatSnapshotRef } from '../../storage/datastore/layout.ts'
import { isAbort } from '../contract-errors.ts'
import type { JobOutcome } from './job-order.ts'
import { isUpToDate, type JobTools, repositoryAccess } from './job-tools.ts'

/** Reads the snapshots of a repository into the catalog, newest first; what is no longer there goes from it. */
export async function runIndex(tools: JobTools): Promise<JobOutcome> {
  const { index, meter, log, signal } = tools
  const access = repositoryAccess(tools)
  const repository = await tools.openRepository(access, signal)
  try {
    meter.enter('scanning')
    const found: StoredSnapshot[] = []
    for await (const snapshot of repository.snapshots(signal)) {
      found.push(snapshot)
      meter.counts.seen += 1
    }
    const known = new Map(index.list(access.id).map((snapshot) => [snapshot.id, snapshot]))
    for (const snapshot of found) {
      index.put(access.id, snapshot)
      if (snapshot.problem !== undefined) log.line('warn', `${formatSnapshotRef(snapshot.ref)}: ${snapshot.problem}`)
    }
    const there = new Set(found.map(({ ref }) => snapshotIdOf(access.id, ref)))
    for (const id of known.keys()) if (!there.has(id)) await index.forget(id, signal)

    meter.enter('reading')
    // From here on seen is what was dealt with, so that the share done is true.
    meter.totalFiles = found.length
    meter.counts.seen = 0
    let indexed = 0
    for (const snapshot of found.toSorted((a, b) => b.ref.time - a.ref.time)) {
      signal.throwIfAborted()
      const id = snapshotIdOf(access.id, snapshot.ref)
      meter.working(formatSnapshotRef(snapshot.ref))
      const before = known.get(id)
      const isKnown = before !== undefined && isUpToDate(before, snapshot)
      if (isKnown || snapshot.problem !== undefined) meter.counts.unchanged += 1
      else if (await indexOne(tools, { repository, snapshot, id })) {
        indexed += 1
        meter.counts.stored += 1
      } else meter.counts.failed += 1
      meter.counts.seen += 1
    }
    return {
      summary: { counts: { ...meter.counts }, doneBytes: 0, storedBytes: 0, indexedSnapshots: indexed },
      warnings: log.warnings,
      usage: await repository.maintenance.usage?.(signal),
      changedSnapshots: true,
    }
  } finally {
    await repository.close()
  }
}

interface OneSnapshot {
  readonly repository: Awaited<ReturnType<JobTools['openRepository']>>
  readonly snapshot: StoredSnapshot
  readonly id: ReturnType<typeof snapshotIdOf>
}

/** A snapshot that cannot be read, such as one whose key is elsewhere, is a warning and stays in the list. */
async function indexOne({ index, log, signal }: JobTools, { repository, snapshot, id }: OneSnapshot): Promise<boolean> {
  try {
    const reader = await repository.read(snapshot.ref, signal)
    try {
      await index.ingest(id, reader, signal)
      return true
    } finally {
      await reader.close()
    }
  } catch (error) {
    if (isAbort(error) || signal.aborted) throw error
    log.line('warn', `${formatSnapshotRef(snapshot.ref)}: ${error instanceof Error ? error.message : error}`)
    return false
  }
}
