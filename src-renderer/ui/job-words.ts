import { assertNever } from '../../src-shared/assert-never.ts'
import type { Job, JobProgress, JobSummary } from '../../src-shared/model/job.ts'
import { formatBytes, formatCount, formatCounted, formatDuration, formatEta, formatPercent } from './format.ts'
import type { StatusKind } from './status.ts'

/** The state of a job as the one enum of states. */
export function jobStatusKind(job: Job): StatusKind {
  const { status } = job
  switch (status.state) {
    case 'queued':
    case 'waiting':
      return 'waiting'
    case 'running':
      return 'running'
    case 'success':
      return job.warnings > 0 ? 'warnings' : 'good'
    case 'error':
      if (status.error.code === 'job/cancelled') return 'cancelled'
      return status.error.code === 'job/interrupted' ? 'interrupted' : 'stopped'
    default:
      return assertNever(status)
  }
}

/** Share done, 0…1; `undefined` while the size is unknown: then there is no bar, only a growing number. */
export function progressShare(progress: JobProgress): number | undefined {
  if (progress.totalBytes === undefined || progress.totalBytes === 0) {
    const { totalFiles, counts } = progress
    return totalFiles === undefined || totalFiles === 0 ? undefined : Math.min(1, counts.seen / totalFiles)
  }
  return Math.min(1, progress.doneBytes / progress.totalBytes)
}

/** `38 %` or `Counting`, for places with room for one word. */
export function progressWord(progress: JobProgress): string {
  const share = progressShare(progress)
  return share === undefined ? 'Counting' : formatPercent(share)
}

/** The second line of a job in a list. */
export function jobLine(job: Job): string {
  const { status } = job
  switch (status.state) {
    case 'queued':
      return 'Next'
    case 'waiting':
      return status.reason
    case 'running':
      return runningLine(status.progress)
    case 'success':
      return ['Good', formatDuration(status.endedAt - status.startedAt), resultWords(job, status.summary)]
        .filter((part) => part !== '')
        .join(', ')
    case 'error':
      return errorLine(job)
    default:
      return assertNever(status)
  }
}

function runningLine(progress: JobProgress): string {
  if (progressShare(progress) === undefined) return `Counted ${formatCounted(progress.counts.seen, 'file')} so far`
  if (progress.etaSeconds !== undefined) return `About ${formatEta(progress.etaSeconds)} left`
  return `${formatBytes(progress.doneBytes)} so far`
}

function resultWords(job: Job, summary: JobSummary): string {
  const left = (summary.counts?.failed ?? 0) + (summary.receipt?.failed ?? 0)
  if (left > 0) return `${formatCounted(left, 'file')} left out`
  if (summary.receipt !== undefined) {
    return summary.receipt.undone ? 'undone' : `${formatCounted(summary.receipt.restored, 'file')} restored`
  }
  if (summary.verify !== undefined) {
    return summary.verify.corrupt === 0
      ? `${formatCounted(summary.verify.snapshots, 'snapshot')} checked`
      : `${formatCounted(summary.verify.corrupt, 'damaged block')}`
  }
  if (summary.prune !== undefined) return `removed ${formatCounted(summary.prune.removed, 'snapshot')}`
  if (summary.garbage !== undefined) return `freed ${formatBytes(summary.garbage.removedBytes)}`
  if (summary.indexedSnapshots !== undefined) return `${formatCounted(summary.indexedSnapshots, 'snapshot')} read`
  return job.spec.kind === 'backup' ? `${formatBytes(summary.storedBytes)} stored` : ''
}

function errorLine(job: Job): string {
  const { status } = job
  if (status.state !== 'error') return ''
  const after = status.startedAt === undefined ? '' : ` after ${formatDuration(status.endedAt - status.startedAt)}`
  if (status.error.code === 'job/cancelled') return `Cancelled${after}`
  if (status.error.code === 'job/interrupted') return `Interrupted${after}`
  return `Stopped${after}: ${lowerFirst(status.error.message)}`
}

/** A sentence as the end of another one. */
export function lowerFirst(sentence: string): string {
  const second = sentence.charAt(1)
  const isName = second === second.toUpperCase() && /[A-Z]/.test(second)
  return isName ? sentence : sentence.charAt(0).toLowerCase() + sentence.slice(1)
}

/** One sentence while a job runs: `38 %, 20.9 MiB/s, about 31 min left.` or `Counting. 41,200 files so far, 112 GiB.` */
export function runningSentence(progress: JobProgress): string {
  const share = progressShare(progress)
  if (share === undefined) {
    return `Counting. ${formatCount(progress.counts.seen)} files so far, ${formatBytes(progress.doneBytes)}.`
  }
  const eta = progress.etaSeconds === undefined ? '' : `, about ${formatEta(progress.etaSeconds)} left`
  return `${formatPercent(share)}, ${formatBytes(progress.bytesPerSecond)}/s${eta}.`
}
