import type { Job } from '../../src-shared/model/job.ts'
import type { Settings } from '../../src-shared/model/settings.ts'
import type { Notification } from './host.ts'

/** What a person is told of a job that ended while nobody looked; undefined where they did not want to know. */
export function notificationOf(job: Job, { notify }: Settings): Notification | undefined {
  const { status } = job
  const route = `/activity/${job.id}`
  if (job.trigger === 'command-line') return undefined
  if (status.state === 'error') {
    if (!notify.failures || status.error.code === 'job/cancelled') return undefined
    return { kind: 'failure', title: `${job.title}: not done`, body: status.error.message, route }
  }
  if (status.state !== 'success' || job.spec.kind !== 'backup') return undefined
  if (job.warnings > 0) {
    if (!notify.warnings) return undefined
    const body = `${job.warnings} ${job.warnings === 1 ? 'thing needs' : 'things need'} a look.`
    return { kind: 'warning', title: `${job.title}: done with warnings`, body, route }
  }
  if (!notify.successes) return undefined
  return {
    kind: 'success',
    title: `${job.title}: done`,
    body: `${status.summary.counts?.seen ?? 0} entries safe.`,
    route,
  }
}
