import { assertNever } from '../../src-shared/assert-never.ts'
import type { Job, JobProgress, JobSummary } from '../../src-shared/model/job.ts'
import { errorMessage, translateSaid } from '../i18n/said.ts'
import { language, t } from '../i18n/translate.ts'
import { formatBytes, formatCounted, formatDuration, formatEta, formatPercent, formatRate } from './format.ts'
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
  return share === undefined ? t('ui.counting') : formatPercent(share)
}

/** The second line of a job in a list. */
export function jobLine(job: Job): string {
  const { status } = job
  switch (status.state) {
    case 'queued':
      return t('ui.next')
    case 'waiting':
      return translateSaid(status.reason)
    case 'running':
      return status.pausedAt === undefined ? runningLine(status.progress) : t('ui.standsStill')
    case 'success':
      return [t('ui.good'), formatDuration(status.endedAt - status.startedAt), resultWords(job, status.summary)]
        .filter((part) => part !== '')
        .join(', ')
    case 'error':
      return errorLine(job)
    default:
      return assertNever(status)
  }
}

/** The same while it runs. */
export function runningLine(progress: JobProgress): string {
  if (progressShare(progress) === undefined)
    return t('ui.countedSoFar', { files: formatCounted(progress.counts.seen, 'file') })
  if (progress.etaSeconds !== undefined) return t('ui.aboutLeft', { time: formatEta(progress.etaSeconds) })
  return progress.doneBytes === 0 ? '' : t('ui.soFar', { bytes: formatBytes(progress.doneBytes) })
}

function resultWords(job: Job, summary: JobSummary): string {
  const left = (summary.counts?.failed ?? 0) + (summary.receipt?.failed ?? 0)
  if (left > 0) return t('ui.leftOut', { files: formatCounted(left, 'file') })
  if (summary.receipt !== undefined) {
    return summary.receipt.undone
      ? t('ui.undone')
      : t('ui.restored', { files: formatCounted(summary.receipt.restored, 'file') })
  }
  if (summary.verify !== undefined) {
    return summary.verify.corrupt === 0
      ? t('ui.checked', { snapshots: formatCounted(summary.verify.snapshots, 'snapshot') })
      : `${formatCounted(summary.verify.corrupt, 'damagedBlock')}`
  }
  if (summary.prune !== undefined)
    return t('ui.removed', { snapshots: formatCounted(summary.prune.removed, 'snapshot') })
  if (summary.garbage !== undefined) return t('ui.freed', { bytes: formatBytes(summary.garbage.removedBytes) })
  if (summary.indexedSnapshots !== undefined)
    return t('ui.read', { snapshots: formatCounted(summary.indexedSnapshots, 'snapshot') })
  return job.spec.kind === 'backup' ? t('ui.stored', { bytes: formatBytes(summary.storedBytes) }) : ''
}

function errorLine(job: Job): string {
  const { status } = job
  if (status.state !== 'error') return ''
  const time = status.startedAt === undefined ? undefined : formatDuration(status.endedAt - status.startedAt)
  if (status.error.code === 'job/cancelled') {
    return time === undefined ? t('ui.cancelled') : t('ui.cancelledAfter', { time })
  }
  if (status.error.code === 'job/interrupted') {
    return time === undefined ? t('ui.interrupted') : t('ui.interruptedAfter', { time })
  }
  const why = lowerFirst(errorMessage(status.error))
  return time === undefined ? t('ui.stoppedBecause', { why }) : t('ui.stoppedAfterBecause', { time, why })
}

/** A sentence as the end of another one. */
export function lowerFirst(sentence: string): string {
  const second = sentence.charAt(1)
  // German nouns keep their capital, and most sentences here begin with an article or a noun.
  if (language() === 'de')
    return /^(Der|Die|Das|Ein|Eine|Es|In|Auf|Für|Nicht|Was|Zu|Dem) /.test(sentence)
      ? sentence.charAt(0).toLowerCase() + sentence.slice(1)
      : sentence
  const isName = second === second.toUpperCase() && /[A-Z]/.test(second)
  return isName ? sentence : sentence.charAt(0).toLowerCase() + sentence.slice(1)
}

/** One sentence while a job runs: `38 %, 20.9 MiB/s, about 31 min left.` or `Counting. 41,200 files so far, 112 GiB.` */
export function runningSentence(progress: JobProgress): string {
  const share = progressShare(progress)
  if (share === undefined) {
    const files = formatCounted(progress.counts.seen, 'file')
    return t('ui.countingSentence', { files, bytes: formatBytes(progress.doneBytes) })
  }
  const said = { percent: formatPercent(share), rate: formatRate(progress.bytesPerSecond) }
  if (progress.etaSeconds === undefined) return t('ui.runningSentence', said)
  return t('ui.runningSentenceLeft', { ...said, time: formatEta(progress.etaSeconds) })
}
