import type { Job } from '../../../src-shared/model/job.ts'
import type { Message } from './message.ts'

/** What is told of a job that ended; undefined for what nobody asked for to be watched. */
export function messageOf(job: Job): Omit<Message, 'computer' | 'at'> | undefined {
  const { status, planId } = job
  if (status.state === 'error') {
    if (status.error.code === 'job/cancelled' || job.trigger === 'command-line') return undefined
    const { message, hint } = status.error
    const body = hint === undefined ? message : `${message}\n${hint}`
    return { occasion: 'failure', title: `${job.title}: not done`, body, planId }
  }
  if (status.state !== 'success' || job.spec.kind !== 'backup' || planId === undefined) return undefined
  const { counts } = status.summary
  const body =
    counts === undefined
      ? 'Everything is safe.'
      : `${counts.seen} seen = ${counts.stored} stored + ${counts.unchanged} unchanged + ${counts.skipped} skipped + ${counts.failed} failed`
  return job.warnings > 0
    ? { occasion: 'warning', title: `${job.title}: done with warnings`, body, planId }
    : { occasion: 'success', title: `${job.title}: done`, body, planId }
}
