import { assertNever } from '../../../src-shared/assert-never.ts'
import type { Job } from '../../../src-shared/model/job.ts'
import { formatBytes, formatCounted, formatTimeWithSeconds } from '../../ui/format.ts'
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
  const name = repository?.name ?? 'the repository'
  const stored = status.summary?.storedBytes ?? 0
  const kept = stored > 0 ? ` ${formatBytes(stored)} are already stored and are not copied again.` : ''
  const earlier =
    repository === undefined
      ? 'Earlier snapshots are not affected.'
      : `All ${formatCounted(repository.snapshots, 'snapshot')} in ${name} are complete.`
  return {
    happened: `${asSentence(status.error.message)} It stopped at ${formatTimeWithSeconds(status.endedAt)}.`,
    safe: safeWords(job, earlier, kept),
    next: status.error.hint ?? nextStep(job, name),
  }
}

function safeWords(job: Job, earlier: string, kept: string): string {
  switch (job.spec.kind) {
    case 'backup':
      return `${earlier} An unfinished snapshot is never listed.${kept}`
    case 'restore':
    case 'undo-restore':
      return `${earlier} A restore changes nothing in the repository, and what it overwrote is kept until its undo expires.`
    case 'verify':
    case 'index':
      return `${earlier} This job only reads.`
    case 'prune':
    case 'forget':
      return 'Snapshots are removed one by one; those that were not reached are complete.'
    case 'collect-garbage':
      return `${earlier} Garbage collection removes only blocks that no snapshot needs.`
    default:
      return assertNever(job.spec)
  }
}

function nextStep(job: Job, name: string): string {
  if (job.status.state !== 'error') return ''
  switch (job.status.error.code) {
    case 'job/cancelled':
      return 'It was cancelled by hand. Start it again when it suits you.'
    case 'job/interrupted':
      return 'Holdfast was stopped meanwhile. Try again: the job goes on with what is already stored.'
    case 'disk/full':
      return `Free space in ${name}, prune snapshots that no rule keeps, or use another repository.`
    case 'repository/unreachable':
      return `Check that ${name} is connected and switched on, then try again.`
    case 'source/vanished':
      return 'Connect the disk the folder is on, or change the plan.'
    case 'key/missing':
      return 'Open the recovery sheet to bring the key back to this computer.'
    default:
      return 'Try again. If it stops at the same place, the log below says where.'
  }
}
