import { assertNever } from '../../../src-shared/assert-never.ts'
import type { Job } from '../../../src-shared/model/job.ts'
import { errorMessage, translateSaid } from '../../i18n/said.ts'
import { t } from '../../i18n/translate.ts'
import { formatBytes, formatTimeWithSeconds } from '../../ui/format.ts'
import { asSentence } from '../../ui/words.ts'

export interface FailureWords {
  readonly happened: string
  readonly safe: string
  readonly next: string
}

/** What happened, what is still safe, what to do: in that order, counted, blaming nobody. */
export function failureWords(
  job: Job,
  repository: { readonly name: string; readonly snapshots: number } | undefined,
): FailureWords {
  const { status } = job
  if (status.state !== 'error') return { happened: '', safe: '', next: '' }
  const name = repository?.name ?? t('jobs.theRepository')
  const stored = status.summary?.storedBytes ?? 0
  const kept = stored > 0 ? ` ${t('jobs.keptBytes', { bytes: formatBytes(stored) })}` : ''
  const earlier =
    repository === undefined ? t('jobs.earlierSafe') : t('jobs.allComplete', { count: repository.snapshots, name })
  return {
    happened: `${asSentence(errorMessage(status.error))} ${t('jobs.stoppedAt', { time: formatTimeWithSeconds(status.endedAt) })}`,
    safe: safeWords(job, earlier, kept),
    next: status.error.hint === undefined ? nextStep(job, name) : translateSaid(status.error.hint),
  }
}

function safeWords(job: Job, earlier: string, kept: string): string {
  switch (job.spec.kind) {
    case 'backup':
    case 'copy':
      return `${earlier} ${t('jobs.unfinishedNotListed')}${kept}`
    case 'restore':
    case 'restore-database':
    case 'restore-job-server':
    case 'return-bucket':
    case 'undo-restore':
      return `${earlier} ${t('jobs.restoreSafe')}`
    case 'verify':
    case 'test-restore':
    case 'index':
      return `${earlier} ${t('jobs.onlyReads')}`
    case 'prune':
    case 'forget':
      return t('jobs.pruneSafe')
    case 'remove-from-history':
      return t('history.safe')
    case 'remote':
      return `${earlier} ${t('jobs.remoteSafe')}`
    case 'collect-garbage':
      return `${earlier} ${t('jobs.garbageSafe')}`
    default:
      return assertNever(job.spec)
  }
}

function nextStep(job: Job, name: string): string {
  if (job.status.state !== 'error') return ''
  if (job.spec.kind === 'remote') return t('runners.nextRemote')
  switch (job.status.error.code) {
    case 'job/cancelled':
      return t('jobs.nextCancelled')
    case 'job/interrupted':
      return t('jobs.nextInterrupted')
    case 'disk/full':
      return t('jobs.nextFull', { name })
    case 'repository/unreachable':
      return t('jobs.nextUnreachable', { name })
    case 'source/vanished':
      return t('jobs.nextVanished')
    case 'key/missing':
      return t('jobs.nextKey')
    default:
      return t('jobs.nextElse')
  }
}
