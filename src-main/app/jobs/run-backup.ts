import { HoldfastError } from '../../../src-shared/errors.ts'
import type { SnapshotId } from '../../../src-shared/model/ids.ts'
import type { JobSpec } from '../../../src-shared/model/job.ts'
import { Pace } from '../../os/pace.ts'
import { encodeSourceFacts, sourceFactsName } from '../../repositories/pxar-snapshot/source-facts.ts'
import type { BackupGroup, Repository, SnapshotWriter, StoredSnapshot } from '../../repositories/repository.ts'
import { createSource } from '../../sources/open-source.ts'
import type { ArchiveInput, SourceView } from '../../sources/source.ts'
import { formatSnapshotRef } from '../../storage/datastore/layout.ts'
import { watchChange } from '../anomaly/watch-change.ts'
import { estimateSource } from './estimate-source.ts'
import { foreseeSource } from './freeze-source.ts'
import type { JobOutcome } from './job-order.ts'
import { type JobTools, type NewestSnapshot, repositoryAccess } from './job-tools.ts'
import { limitAt } from './limit-by-hour.ts'
import { openSource, sourceTools } from './open-source.ts'
import { runHook } from './run-hook.ts'
import { forgetInIndex, pruneGroup } from './run-prune.ts'
import { verifySnapshots } from './run-verify.ts'

export type BackupSpec = Extract<JobSpec, { kind: 'backup' }>

/** Another run of the group may have taken this second. */
const timeTries = 5

/**
 * One backup, from the hook before to the hook after. Until `commit` nothing of it is visible; what a run that ends early
 * stored is found again by the next one.
 */
export async function runBackup(tools: JobTools, spec: BackupSpec): Promise<JobOutcome> {
  const { log, order } = tools
  if (spec.hooks?.before !== undefined && !spec.dryRun)
    await runHook(spec.hooks.before, { log, result: undefined }, tools)
  let result: 'success' | 'failure' = 'failure'
  try {
    const outcome = spec.dryRun ? await tryOut(tools, spec) : await store(tools, spec)
    result = 'success'
    return outcome
  } finally {
    if (spec.hooks?.after !== undefined && !spec.dryRun) {
      await runHook(spec.hooks.after, { log, result }, { ...tools, order }).catch((error: unknown) => {
        // The backup itself is what it is; a failing hook after it is a warning.
        log.line('warn', error instanceof Error ? error.message : String(error))
      })
    }
  }
}

async function store(tools: JobTools, spec: BackupSpec): Promise<JobOutcome> {
  const { meter, log, signal } = tools
  const group: BackupGroup = { namespace: spec.namespace, type: 'host', backupId: spec.backupId }
  const repository = await tools.openRepository(repositoryAccess(tools), signal)
  const estimate = estimateSource(tools, spec, group)
  let view: SourceView | undefined
  try {
    view = await openSource(tools, { spec, group, repository, pace: readingPace(tools, spec) })
    const stored = await writeSnapshot({ tools, spec, group, repository, view })
    const id = await rememberSnapshot(tools, { repository, stored })
    log.line('info', `Stored as ${formatSnapshotRef(stored.ref)}: ${describeCounts(tools)}.`)
    if (spec.options.verifyAfter) await verifySnapshots(tools, repository, { snapshots: [stored.ref] })
    // Files of a full and of an incremental have other names and sizes: every change between them would look like a loss.
    const isWatched = spec.source.kind !== 'mysql'
    const { compress: isCompressed } = spec.options
    const anomaly = isWatched
      ? await watchChange(tools, { repository, id, isCompressed, canaries: tools.order.canaries })
      : undefined
    if (spec.retention !== undefined && (anomaly !== undefined || tools.order.holdsPruning)) {
      log.line('warn', 'No snapshot was removed: somebody has to look at the warning of this plan first.')
    } else if (spec.retention !== undefined) {
      const decisions = await pruneGroup(tools, repository, { group, retention: spec.retention, dryRun: false })
      await forgetInIndex(tools, decisions)
    }
    log.closeProblems()
    return {
      summary: {
        counts: { ...meter.counts },
        doneBytes: meter.doneBytes,
        storedBytes: meter.storedBytes,
        newChunks: meter.newChunks,
        reusedChunks: meter.reusedChunks,
        ...meter.stageSummary(),
        snapshotId: id,
        ...(anomaly === undefined ? {} : { anomaly }),
      },
      warnings: log.warnings,
      usage: await repository.maintenance.usage?.(signal),
      changedSnapshots: true,
    }
  } finally {
    estimate.stop()
    await view?.close()
    await repository.close()
  }
}

interface Writing {
  readonly tools: JobTools
  readonly spec: BackupSpec
  readonly group: BackupGroup
  readonly repository: Repository
  readonly view: SourceView
}

async function writeSnapshot({ tools, spec, group, repository, view }: Writing): Promise<StoredSnapshot> {
  const { meter, log, order } = tools
  const writer = await startSnapshot(tools, repository, group, spec)
  try {
    meter.enter('reading')
    const observer = meter.writeObserver((path, reason, partial) => {
      // A content that could not be read at all is the source's to report; it knows the whole path.
      if (partial) log.line('warn', `${path}: ${reason}`)
    })
    const follow = setInterval(() => takeCounts(tools, view), 100)
    try {
      for await (const archive of view.archives()) await writeArchive(writer, archive, observer)
    } finally {
      clearInterval(follow)
    }
    takeCounts(tools, view)
    requireBalance(tools, view)
    meter.enter('finishing')
    meter.current = []
    await writer.addBlob(sourceFactsName, encodeSourceFacts({ ...view.facts(), plan: order.planFile }))
    return await writer.commit()
  } catch (error) {
    await writer.discard()
    throw error
  }
}

async function startSnapshot(
  tools: JobTools,
  repository: Repository,
  group: BackupGroup,
  spec: BackupSpec,
): Promise<SnapshotWriter> {
  const { mode, compress, cryptMode } = spec.options
  const pace = writingPace(spec)
  for (let attempt = 1; ; attempt++) {
    const time = Math.floor(Date.now() / 1000)
    try {
      return await repository.write(group, { time, mode, compress, cryptMode, pace }, tools.signal)
    } catch (error) {
      const isTaken = error instanceof HoldfastError && error.code === 'snapshot/exists'
      if (!isTaken || attempt >= timeTries) throw error
      await new Promise((resolve) => setTimeout(resolve, 1000 - (Date.now() % 1000) + 5))
    }
  }
}

/** What the source is read with, by the hour; absent when nobody ever limits it. */
function readingPace({ order }: JobTools, { options: { bandwidth: hours } }: BackupSpec): Pace | undefined {
  const { readLimitBytesPerSecond: otherwise, timeZone } = order
  if (hours === undefined && otherwise === undefined) return undefined
  return new Pace(() => limitAt({ hours, otherwise, timeZone }, Date.now()))
}

function writingPace({ writeLimitBytesPerSecond: limit }: BackupSpec): Pace | undefined {
  return limit === undefined ? undefined : new Pace(() => limit)
}

async function writeArchive(
  writer: SnapshotWriter,
  archive: ArchiveInput,
  observer: Parameters<SnapshotWriter['addTree']>[3],
): Promise<void> {
  switch (archive.type) {
    case 'tree':
      return writer.addTree(archive.name, archive.entries, { excludePatterns: archive.excludePatterns }, observer)
    case 'stream':
      return writer.addStream(archive.name, archive.data, observer)
    case 'blob':
      return writer.addBlob(archive.name, archive.data)
    case 'image':
      return writer.addImage(archive.name, archive, observer)
  }
}

/** What was seen, left out and not readable is the source's to say; what was stored, the repository's. */
function takeCounts({ meter }: JobTools, view: SourceView): void {
  const { seen, skipped, failed } = view.counts()
  meter.counts.seen = seen
  meter.counts.skipped = skipped
  meter.counts.failed = failed
}

/** Success is counted, never assumed: source and repository count on their own and must agree. */
function requireBalance({ meter }: JobTools, view: SourceView): void {
  const { seen, stored, unchanged, skipped, failed } = meter.counts
  if (seen === stored + unchanged + skipped + failed) return
  throw new Error(
    `the counts do not add up: ${JSON.stringify(meter.counts)}, of which ${view.counts().handedOver} were handed over`,
  )
}

async function rememberSnapshot(
  tools: JobTools,
  { repository, stored }: { readonly repository: Repository; readonly stored: StoredSnapshot },
): Promise<SnapshotId> {
  const { index, meter, order, signal } = tools
  const access = repositoryAccess(tools)
  const before = index.newest(access.id, stored.ref)
  const id = index.put(access.id, stored, {
    planId: order.planId,
    counts: { ...meter.counts },
    storedBytes: meter.storedBytes,
    sizeBytes: meter.doneBytes,
  })
  try {
    if (before !== undefined && hasSameTrees(stored, before) && (await index.repeat(id, before.id, signal))) return id
    const reader = await repository.read(stored.ref, signal)
    try {
      await index.ingest(id, reader, signal)
    } finally {
      await reader.close()
    }
  } catch (error) {
    if (signal.aborted) throw error
    // The snapshot is stored; without the index it is browsed from the repository.
    tools.log.line('warn', `The list of its files could not be kept: ${error instanceof Error ? error.message : error}`)
  }
  return id
}

/** Whether names and metadata are byte for byte the same: they have archives of their own, and digests. */
function hasSameTrees(stored: StoredSnapshot, before: NewestSnapshot): boolean {
  const trees = (archives: NewestSnapshot['archives']) =>
    archives
      .filter(({ filename }) => /\.(?:m?pxar\.didx|fidx|caidx|caibx)$/.test(filename))
      .map(({ filename, csum }) => `${filename} ${csum}`)
      .sort()
      .join('\n')
  return trees(stored.archives) === trees(before.archives)
}

/** Reads no contents and writes nothing: what would be backed up, and what would be left out. */
async function tryOut(tools: JobTools, spec: BackupSpec): Promise<JobOutcome> {
  const { meter, log, signal } = tools
  if (spec.source.kind === 'mysql') {
    throw new HoldfastError('input/invalid', {
      detail: 'A database cannot be tried out: it would have to be read whole.',
    })
  }
  if (spec.source.kind === 'folders') foreseeSource(tools, spec.source)
  const { couchbase, ...common } = sourceTools(tools, spec)
  const source = createSource(spec.source, { ...common, couchbase: { ...couchbase, fetch: 'none' } })
  const view = await source.open({ problem: (problem) => log.problem(problem) }, signal)
  meter.enter('scanning')
  try {
    for await (const archive of view.archives()) {
      if (archive.type !== 'tree') continue
      for await (const entry of archive.entries) {
        if (entry.kind === 'leave') continue
        meter.counts.stored += 1
        if (entry.kind === 'file') meter.doneBytes += Number(entry.sizeBytes)
        takeCounts(tools, view)
      }
    }
    takeCounts(tools, view)
    requireBalance(tools, view)
    log.line('info', `Would store ${describeCounts(tools)}.`)
    log.closeProblems()
    return {
      summary: { counts: { ...meter.counts }, doneBytes: meter.doneBytes, storedBytes: 0 },
      warnings: log.warnings,
      usage: undefined,
      changedSnapshots: false,
    }
  } finally {
    await view.close()
  }
}

function describeCounts({ meter: { counts } }: JobTools): string {
  return `${counts.seen} seen = ${counts.stored} stored + ${counts.unchanged} unchanged + ${counts.skipped} skipped + ${counts.failed} failed`
}
