import { HoldfastError } from '../../../src-shared/errors.ts'
import type { JobSpec, JobSummary } from '../../../src-shared/model/job.ts'
import { displayPath } from '../../../src-shared/model/path-text.ts'
import { extractTree } from '../../sources/files/extract.ts'
import { type ExtractCounts, noExtractCounts } from '../../sources/files/extract-options.ts'
import { undoRestore } from '../../sources/files/undo-restore.ts'
import { type RestorePart, restoreParts } from '../restore/restore-parts.ts'
import { SafetyFolders } from '../restore/safety-folders.ts'
import type { JobOutcome } from './job-order.ts'
import { type JobTools, repositoryAccess } from './job-tools.ts'

export type RestoreSpec = Extract<JobSpec, { kind: 'restore' }>

const dayMs = 24 * 60 * 60_000

/** Brings back what was chosen. What it replaces is kept first; what cannot be restored is listed and counted. */
export async function runRestore(tools: JobTools, spec: RestoreSpec): Promise<JobOutcome> {
  const { index, signal, meter, log } = tools
  const known = index.find(spec.snapshotId)
  if (known === undefined) throw new HoldfastError('snapshot/unknown')
  const repository = await tools.openRepository(repositoryAccess(tools), signal)
  try {
    const reader = await repository.read(known.ref, signal)
    try {
      meter.enter('scanning')
      await countParts(tools, await restoreParts(reader, spec.options, { contents: false }, signal))
      meter.enter('writing')
      const parts = await restoreParts(reader, spec.options, { contents: true, stages: meter.stages }, signal)
      const receipt = await restoreAll(tools, spec, parts)
      log.closeProblems()
      return { summary: receipt, warnings: log.warnings, usage: undefined, changedSnapshots: false }
    } finally {
      await reader.close()
    }
  } finally {
    await repository.close()
  }
}

/** Names and sizes only: so that the bar knows its end before the first byte is written. */
async function countParts({ meter }: JobTools, parts: readonly RestorePart[]): Promise<void> {
  let files = 0
  let bytes = 0n
  for (const { entries } of parts) {
    for await (const entry of entries) {
      if (entry.kind === 'leave') continue
      files += 1
      if (entry.kind === 'file') bytes += entry.sizeBytes
    }
  }
  meter.totalFiles = files
  meter.totalBytes = Number(bytes)
}

async function restoreAll(tools: JobTools, spec: RestoreSpec, parts: readonly RestorePart[]): Promise<JobSummary> {
  const { meter, log, order, signal } = tools
  const { conflict, carryOver, undoDays } = spec.options
  const safety = new SafetyFolders(order.dataDirectory)
  const folders: string[] = []
  const until = Date.now() + undoDays * dayMs
  const targetRoot = parts.map((part) => displayPath(part.target)).join(', ')
  const total = noExtractCounts()
  let before = { ...total }
  for (const [number, part] of parts.entries()) {
    log.line('info', `Restores to ${displayPath(part.target)}.`)
    const folder = undoDays > 0 ? safety.place(order.jobId, part.target, number) : undefined
    if (folder !== undefined) {
      folders.push(folder)
      // Before the first file is touched: a restore that is cut off can be undone as well.
      safety.save(order.jobId, { folders, until, targetRoot, undone: false })
    }
    before = { ...total }
    await extractTree(
      part.entries,
      part.target,
      { calls: tools.calls, conflict, carryOver, applyToRoot: part.tree !== undefined, safetyCopy: folder, sync: true },
      {
        problem: (problem) => log.problem({ ...problem, path: joined(part.target, problem.path) }),
        warning: ({ path, reason }) => log.line('warn', `${joined(part.target, path)}: ${reason}`),
        progress: (counts, file) => {
          take(tools, sum(before, counts))
          if (file !== undefined) meter.working(displayPath(Buffer.from(file).toString('utf8')))
        },
      },
      signal,
    ).then((counts) => Object.assign(total, sum(before, counts)))
    take(tools, total)
  }
  requireBalance(total)
  const { seen, written, identical, skipped, failed, folders: folderCount, writtenFolders, writtenBytes } = total
  log.line(
    'info',
    `${seen} seen = ${written} restored + ${identical} identical + ${skipped} skipped + ${failed} failed.`,
  )
  return {
    counts: { ...meter.counts },
    doneBytes: Number(writtenBytes),
    storedBytes: 0,
    ...meter.stageSummary(),
    receipt: {
      seen,
      restored: written,
      identical,
      skipped,
      failed,
      folders: folderCount,
      restoredFolders: writtenFolders,
      writtenBytes: Number(writtenBytes),
      targetRoot,
      ...(folders.length === 0 ? {} : { undoableUntil: until }),
      undone: false,
    },
  }
}

function sum(a: Readonly<ExtractCounts>, b: Readonly<ExtractCounts>): ExtractCounts {
  return {
    seen: a.seen + b.seen,
    written: a.written + b.written,
    identical: a.identical + b.identical,
    skipped: a.skipped + b.skipped,
    failed: a.failed + b.failed,
    folders: a.folders + b.folders,
    writtenFolders: a.writtenFolders + b.writtenFolders,
    writtenBytes: a.writtenBytes + b.writtenBytes,
  }
}

function take({ meter }: JobTools, counts: Readonly<ExtractCounts>): void {
  const { seen, written, identical, skipped, failed, writtenBytes } = counts
  Object.assign(meter.counts, { seen, stored: written, unchanged: identical, skipped, failed })
  meter.doneBytes = Number(writtenBytes)
}

function requireBalance(counts: Readonly<ExtractCounts>): void {
  const { seen, written, identical, skipped, failed } = counts
  if (seen === written + identical + skipped + failed) return
  throw new Error(`the counts of the restore do not add up: ${JSON.stringify({ ...counts, writtenBytes: undefined })}`)
}

/** Takes a restore back; what was changed since stays and is listed. */
export async function runUndo(tools: JobTools, spec: Extract<JobSpec, { kind: 'undo-restore' }>): Promise<JobOutcome> {
  const { meter, log, order, signal } = tools
  const safety = new SafetyFolders(order.dataDirectory)
  const record = safety.load(spec.jobId)
  if (record === undefined) {
    throw new HoldfastError('input/invalid', { detail: 'The safety copy of this restore is gone.' })
  }
  meter.enter('writing')
  for (const folder of record.folders.toReversed()) {
    const counts = await undoRestore(folder, tools.calls, { problem: (problem) => log.problem(problem) }, signal)
    meter.counts.seen += counts.seen
    meter.counts.stored += counts.undone
    meter.counts.skipped += counts.skipped
    meter.counts.failed += counts.failed
  }
  const { seen, stored, skipped, failed } = meter.counts
  log.line('info', `${seen} steps: ${stored} undone, ${skipped} left as they are, ${failed} failed.`)
  if (failed === 0) safety.save(spec.jobId, { ...record, undone: true })
  return {
    summary: { counts: { ...meter.counts }, doneBytes: 0, storedBytes: 0 },
    warnings: log.warnings,
    usage: undefined,
    changedSnapshots: false,
  }
}

function joined(target: string, path: string): string {
  return path === '/' || path === '' ? target : `${target.replace(/\/$/, '')}${path}`
}
