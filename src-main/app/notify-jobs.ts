import type { Job } from '../../src-shared/model/job.ts'
import type { Settings } from '../../src-shared/model/settings.ts'
import type { Notification } from './host.ts'
import { outsideWords } from './outside-words.ts'

/** What a person is told of a job that ended while nobody looked; undefined where they did not want to know. */
export function notificationOf(job: Job, { notify, language }: Settings): Notification | undefined {
  const { status } = job
  const words = outsideWords(language)
  const title = words.title(job)
  const route = `/activity/${job.id}`
  if (job.trigger === 'command-line') return undefined
  if (status.state === 'error') {
    if (!notify.failures || status.error.code === 'job/cancelled') return undefined
    return { kind: 'failure', title: words.notDone(title), body: status.error.message, route }
  }
  if (status.state !== 'success' || job.spec.kind !== 'backup') return undefined
  if (job.warnings > 0) {
    if (!notify.warnings) return undefined
    const body = words.needALook(job.warnings)
    return { kind: 'warning', title: words.doneWithWarnings(title), body, route }
  }
  if (!notify.successes) return undefined
  return {
    kind: 'success',
    title: words.done(title),
    body: words.entriesSafe(status.summary.counts?.seen ?? 0),
    route,
  }
}
