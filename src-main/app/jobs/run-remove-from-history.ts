import { setTimeout as delay } from 'node:timers/promises'
import { HoldfastError } from '../../../src-shared/errors.ts'
import type { LineageId } from '../../../src-shared/model/ids.ts'
import type { JobSpec, JobSummary } from '../../../src-shared/model/job.ts'
import { lineageIdOf, snapshotIdOf } from '../../catalog/index/natural-ids.ts'
import { partsOf } from '../../repositories/copy/snapshot-parts.ts'
import type { HeldPaths, PathRemover, Repository, StoredSnapshot, TreePath } from '../../repositories/repository.ts'
import { formatSnapshotRef } from '../../storage/datastore/layout.ts'
import { isAbort } from '../contract-errors.ts'
import { outermost } from '../restore/snapshot-path.ts'
import type { JobOutcome } from './job-order.ts'
import { isUpToDate, type JobTools, repositoryAccess } from './job-tools.ts'

type Spec = Extract<JobSpec, { kind: 'remove-from-history' }>
type Row = NonNullable<JobSummary['removal']>['snapshots'][number]
type Outcome = Row['outcome'] | 'absent'

/** Stored blocks that nobody needs stay for a day and five minutes after they were last used (spec pbs §8.6). */
const graceMs = (24 * 60 + 5) * 60_000

/** How long, and how often, a snapshot that is in use is tried again. */
const patienceMs = 45_000
const retryMs = 1500

/** What stands in the way of one snapshot only; the rest is told to whoever asked. */
const endsAll: ReadonlySet<string> = new Set(['disk/full', 'disk/read-only', 'repository/unreachable'])

/**
 * Takes files and folders out of every snapshot of some groups, one after the other. Each is the old or the new one at
 * every moment; a job that was cancelled leaves those that are done as they are now, and the rest as they were.
 */
export async function runRemoveFromHistory(tools: JobTools, spec: Spec): Promise<JobOutcome> {
  const { meter, log, signal } = tools
  const repository = await tools.openRepository(repositoryAccess(tools), signal)
  try {
    const remover = repository.maintenance.removePaths?.(treePathsOf(spec.paths))
    if (remover === undefined) throw new HoldfastError('repository/unsupported')
    meter.enter('scanning')
    const found = await snapshotsOf(tools, repository, new Set(spec.lineageIds))
    meter.totalFiles = found.length
    const run: Run = {
      tools,
      spec,
      repository,
      remover,
      rows: [],
      held: new Map(),
      unread: new Set(),
      failure: undefined,
    }
    for (const stored of found) await look(run, stored)
    meter.totalBytes = [...run.held.keys()].reduce((sum, stored) => sum + treeBytes(stored), 0)
    meter.enter('writing')
    await removeFromAll(run, found)
    const { stored: changed, skipped, failed } = meter.counts
    if (failed > 0 && changed === 0 && skipped === 0) throw run.failure
    const verb = spec.dryRun ? 'Would change' : 'Changed'
    log.line('info', `${verb} ${changed} of ${found.length} snapshots.`)
    const hasChanged = changed > 0 && !spec.dryRun
    return {
      summary: {
        counts: { ...meter.counts },
        doneBytes: meter.doneBytes,
        storedBytes: meter.storedBytes,
        newChunks: meter.newChunks,
        reusedChunks: meter.reusedChunks,
        removal: { snapshots: run.rows, ...(hasChanged && { freeAt: Date.now() + graceMs }) },
      },
      warnings: log.warnings,
      usage: await repository.maintenance.usage?.(signal),
      changedSnapshots: !spec.dryRun,
    }
  } finally {
    await repository.close()
  }
}

interface Run {
  readonly tools: JobTools
  readonly spec: Spec
  readonly repository: Repository
  readonly remover: PathRemover
  /** Of snapshots that hold, or held, what goes. */
  readonly rows: Row[]
  readonly held: Map<StoredSnapshot, HeldPaths>
  /** That could not be looked into the first time. */
  readonly unread: Set<StoredSnapshot>
  /** Why the first that failed did. */
  failure: HoldfastError | undefined
}

/** Throws `input/invalid` for a whole archive, and for what is no path. */
function treePathsOf(paths: readonly string[]): readonly TreePath[] {
  const parsed = outermost(paths)
  if (parsed === undefined) throw new HoldfastError('input/invalid', { detail: 'A snapshot is forgotten whole.' })
  return parsed
}

async function snapshotsOf(
  tools: JobTools,
  repository: Repository,
  lineages: ReadonlySet<LineageId>,
): Promise<readonly StoredSnapshot[]> {
  const { id } = repositoryAccess(tools)
  const found: StoredSnapshot[] = []
  for await (const stored of repository.snapshots(tools.signal)) {
    if (lineages.has(lineageIdOf(id, stored.ref))) found.push(stored)
  }
  return found.sort((a, b) => a.ref.time - b.ref.time)
}

/** All of them first: see `PathRemover`. Also those that stay, to tell that they still hold it. */
async function look({ tools, remover, held, unread }: Run, stored: StoredSnapshot): Promise<void> {
  const { meter, signal } = tools
  signal.throwIfAborted()
  meter.working(formatSnapshotRef(stored.ref))
  try {
    const holds = await remover.look(stored.ref, signal)
    if (holds.entries > 0) held.set(stored, holds)
  } catch (error) {
    if (!isOfOne(error, signal)) throw error
    unread.add(stored)
  }
}

/**
 * One after the other. What somebody looks at just now is tried again for a while: a window lets go of a snapshot some
 * seconds after the last look.
 */
async function removeFromAll(run: Run, found: readonly StoredSnapshot[]): Promise<void> {
  const { signal } = run.tools
  const deadline = performance.now() + patienceMs
  let left = found
  while (left.length > 0) {
    const isLast = performance.now() > deadline
    const inUse: StoredSnapshot[] = []
    for (const stored of left) if (!(await removeFrom(run, stored, isLast))) inUse.push(stored)
    if (inUse.length > 0) await delay(retryMs, undefined, { signal })
    left = inUse
  }
}

/** False when it is in use, and is to be tried again. */
async function removeFrom(run: Run, stored: StoredSnapshot, isLast: boolean): Promise<boolean> {
  const { tools, rows, held } = run
  const { meter, signal } = tools
  signal.throwIfAborted()
  const snapshot = formatSnapshotRef(stored.ref)
  meter.working(snapshot)
  const doneBefore = meter.doneBytes
  const outcome = await outcomeOf(run, stored, isLast)
  if (outcome === 'in-use' && !isLast) return false
  meter.counts.seen += 1
  meter.counts[countOf[outcome]] += 1
  const { entries = 0, bytes = 0n } = held.get(stored) ?? {}
  if (entries > 0) meter.doneBytes = doneBefore + treeBytes(stored)
  if (outcome !== 'absent') rows.push({ snapshot, outcome, entries, bytes: Number(bytes) })
  return true
}

const countOf = {
  changed: 'stored',
  absent: 'unchanged',
  protected: 'skipped',
  'in-use': 'skipped',
  failed: 'failed',
} as const

async function outcomeOf(run: Run, stored: StoredSnapshot, isLast: boolean): Promise<Outcome> {
  const { spec, held, unread, tools } = run
  const { log, signal } = tools
  const name = formatSnapshotRef(stored.ref)
  try {
    if (stored.problem !== undefined) throw new HoldfastError('manifest/corrupt', { detail: stored.problem })
    if (unread.delete(stored)) {
      const looked = await run.remover.look(stored.ref, signal)
      if (looked.entries > 0) held.set(stored, looked)
    }
    const holds = held.get(stored)
    if (stored.protected && !spec.includeProtected) {
      if (holds === undefined) return 'absent'
      throw new HoldfastError('snapshot/protected')
    }
    if (spec.dryRun) {
      if (holds === undefined) return 'absent'
      log.line('info', `Would change ${name}: ${holds.entries} entries with ${holds.bytes} bytes.`)
      return 'changed'
    }
    if (!(await remove(run, stored))) return 'absent'
    log.line('info', `Changed ${name}.`)
    return 'changed'
  } catch (error) {
    if (!isOfOne(error, signal)) throw error
    if (error.code === 'repository/locked') {
      if (isLast) log.line('warn', `${name}: It is in use, and stays as it is.`)
      return 'in-use'
    }
    log.line('warn', `${name}: ${error.message}`)
    run.failure ??= error
    return error.code === 'snapshot/protected' ? 'protected' : 'failed'
  }
}

/** False when there was nothing to remove. */
async function remove({ tools, spec, remover, repository }: Run, stored: StoredSnapshot): Promise<boolean> {
  const { meter, index, signal } = tools
  const observer = meter.writeObserver(() => {})
  const changed = await remover.remove(stored.ref, { canBeProtected: spec.includeProtected, observer }, signal)
  // A job that was killed may have come no further than the snapshot itself.
  const known = index.find(snapshotIdOf(repositoryAccess(tools).id, stored.ref))
  if (changed === undefined && (known === undefined || !known.indexed || isUpToDate(known, stored))) return false
  // Whole even when the job is cancelled just now: the snapshot has changed already.
  const never = AbortSignal.any([])
  const id = index.replace(repositoryAccess(tools).id, changed ?? stored)
  const reader = await repository.read(stored.ref, never)
  try {
    await index.ingest(id, reader, never)
  } finally {
    await reader.close()
  }
  return changed !== undefined
}

/** Trees are what is gone through; everything else is taken over at once. */
function treeBytes({ archives }: StoredSnapshot): number {
  return partsOf(archives).reduce((sum, { kind, sizeBytes }) => sum + (kind === 'tree' ? Number(sizeBytes) : 0), 0)
}

/** The rest of the snapshots can still be changed. */
function isOfOne(error: unknown, signal: AbortSignal): error is HoldfastError {
  if (isAbort(error) || signal.aborted) return false
  return error instanceof HoldfastError && !endsAll.has(error.code)
}
