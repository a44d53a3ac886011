import type { Job, JobProgress, JobSummary } from '../../../src-shared/model/job.ts'
import { withNextStep } from './failure.ts'
import { bytes, count, countedSum, duration, time } from './format.ts'
import { exitCodes } from './output.ts'
import type { Session } from './session.ts'

/**
 * Follows a job to its end: progress on the terminal, problems as lines, the result on standard output, a failure on
 * standard error. Ctrl-C cancels the job and waits for it. Sets the exit code (0 only on full success, 3 with warnings, 1 when something asked for is missing).
 * `onProgress` hears of it while it runs.
 */
export async function followJob(
  session: Session,
  started: Job,
  onProgress?: (progress: JobProgress) => void,
): Promise<Job> {
  const { client, output, signal } = session
  const cancel = () => {
    output.note('Cancelling. Press Ctrl-C again to leave at once.')
    client.jobs.cancel({ id: started.id }).catch(() => {}) // it has just ended by itself
  }
  signal.addEventListener('abort', cancel, { once: true })
  try {
    for await (const event of await client.jobs.events()) {
      const job =
        event.type === 'snapshot'
          ? event.jobs.find(({ id }) => id === started.id)
          : event.type === 'changed' && event.job.id === started.id
            ? event.job
            : undefined
      if (!job) continue
      if (job.status.state === 'waiting') output.status(job.status.reason)
      if (job.status.state === 'running') {
        output.status(describeProgress(job.status.progress))
        onProgress?.(job.status.progress)
      }
      if (job.status.state === 'success' || job.status.state === 'error') return await finish(session, job)
    }
    throw new Error('the job stream ended before the job did')
  } finally {
    signal.removeEventListener('abort', cancel)
    output.clearStatus()
  }
}

async function finish({ client, output, signal }: Session, job: Job): Promise<Job> {
  if (job.warnings > 0 || job.status.state === 'error') await printProblems(client, output, job)
  if (job.status.state === 'error' && !output.isJson) for (const line of describeEnd(job).split('\n')) output.note(line)
  else output.result(job, () => describeEnd(job))
  if (job.status.state === 'error') process.exitCode = signal.aborted ? exitCodes.interrupted : exitCodes.error
  else if (isUnfulfilled(job)) process.exitCode = exitCodes.error
  else if (job.warnings > 0) process.exitCode = exitCodes.warnings
  return job
}

/** It ran to its end, yet what was asked for is not there: files were not restored, or what is stored is damaged. */
function isUnfulfilled({ status }: Job): boolean {
  if (status.state !== 'success') return false
  const { receipt, verify } = status.summary
  return (receipt?.failed ?? 0) > 0 || (verify?.corrupt ?? 0) > 0
}

async function printProblems(client: Session['client'], output: Session['output'], job: Job): Promise<void> {
  const { lines, total } = await client.jobs.log({ id: job.id, level: 'warn', limit: 20 })
  for (const { outcome, level, path, message } of lines) {
    // It is the result, and told there.
    if (job.status.state === 'error' && message === job.status.error.message) continue
    const [first = '', ...more] = message.split('\n')
    output.note(`${outcome ?? level}: ${path ? `${path}: ` : ''}${first}`)
    for (const text of more) output.note(`  ${text}`)
  }
  if (total > lines.length) output.note(`… ${count(total - lines.length)} more: holdfast job logs ${job.id}`)
}

function describeProgress(progress: JobProgress): string {
  const { counts, totalBytes, doneBytes, bytesPerSecond, etaSeconds, current } = progress
  if (progress.phase === 'serving') return 'Serving.'
  if (progress.phase === 'scanning' || totalBytes === undefined)
    return `Counting. ${count(counts.seen)} files so far, ${bytes(doneBytes)}.`
  const percent = totalBytes === 0 ? 100 : Math.min(100, Math.floor((doneBytes / totalBytes) * 100))
  const eta = etaSeconds === undefined ? '' : `, about ${duration(etaSeconds * 1000)} left`
  return `${bar(percent)} ${percent} %, ${bytes(bytesPerSecond)}/s${eta}  ${current[0] ?? ''}`
}

function bar(percent: number): string {
  const filled = Math.round(percent / 5)
  return `[${'#'.repeat(filled)}${'.'.repeat(20 - filled)}]`
}

function describeEnd(job: Job): string {
  const { status } = job
  if (status.state === 'error')
    return [`${job.title} stopped: ${status.error.message}`, withNextStep(status.error).hint].filter(Boolean).join('\n')
  if (status.state !== 'success') return job.title
  const { summary } = status
  const lines = [`${job.title}: done in ${duration(status.endedAt - status.startedAt)}.`]
  if (summary.counts && !summary.receipt && !summary.removal) lines.push(countedSum(summary.counts))
  if (job.spec.kind === 'backup')
    lines.push(
      `${bytes(summary.doneBytes)} in the snapshot; stored ${bytes(summary.storedBytes)} in ${count(summary.newChunks ?? 0)} new blocks; ${count(summary.reusedChunks ?? 0)} were there already.`,
    )
  if (summary.receipt) {
    const { seen, restored, identical, skipped, failed, writtenBytes, targetRoot } = summary.receipt
    lines.push(
      `${count(seen)} seen = ${count(restored)} restored + ${count(identical)} identical + ${count(skipped)} skipped + ${count(failed)} failed`,
      `Wrote ${bytes(writtenBytes)} to ${targetRoot}.`,
    )
  }
  if (summary.verify) {
    lines.push(
      `Checked ${count(summary.verify.snapshots)} snapshots, ${count(summary.verify.chunks)} blocks: ${summary.verify.corrupt === 0 ? 'all good' : `${count(summary.verify.corrupt)} damaged`}.`,
    )
    for (const { snapshot, files } of summary.verify.affected)
      lines.push(
        `  ${snapshot}: ${files.slice(0, 20).join(', ')}${files.length > 20 ? ` and ${count(files.length - 20)} more` : ''}`,
      )
  }
  if (summary.prune) {
    for (const { snapshot, keep, protected: isProtected } of summary.prune.entries)
      lines.push(`  ${keep ? 'keep  ' : 'remove'} ${snapshot}${isProtected ? ' (protected)' : ''}`)
    lines.push(`${count(summary.prune.kept)} kept, ${count(summary.prune.removed)} removed.`)
  }
  if (summary.removal) lines.push(...describeRemoval(job, summary.removal))
  if (summary.garbage)
    lines.push(
      `Freed ${bytes(summary.garbage.removedBytes)} in ${count(summary.garbage.removedChunks)} blocks; ${bytes(summary.garbage.pendingBytes)} wait until no backup can need them.`,
    )
  if (summary.indexedSnapshots !== undefined)
    lines.push(`${count(summary.indexedSnapshots)} snapshots are in the catalog.`)
  return lines.join('\n')
}

function describeRemoval({ spec, status }: Job, removal: NonNullable<JobSummary['removal']>): readonly string[] {
  const isDryRun = spec.kind === 'remove-from-history' && spec.dryRun
  const lines = removal.snapshots.map(({ snapshot, outcome, entries, bytes: size }) => {
    const what = outcome === 'changed' && isDryRun ? 'would change' : outcome
    return `  ${what.padEnd(12)} ${snapshot}  ${entries === 0 ? 'only carried its bytes along' : `${count(entries)} ${entries === 1 ? 'entry' : 'entries'}, ${bytes(size)}`}`
  })
  const counts = status.state === 'success' ? status.summary.counts : undefined
  if (counts !== undefined) {
    const { seen, stored, unchanged, skipped, failed } = counts
    lines.push(
      `${count(seen)} snapshots = ${count(stored)} ${isDryRun ? 'would be changed' : 'changed'} + ${count(unchanged)} without it + ${count(skipped)} left alone + ${count(failed)} failed`,
    )
  }
  if (removal.freeAt !== undefined) {
    lines.push(`What only it needed is given back by a garbage collection after ${time(removal.freeAt)}: holdfast gc`)
  }
  return lines
}
