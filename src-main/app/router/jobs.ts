import type { Job } from '../../../src-shared/model/job.ts'
import { followLog, logPage } from '../jobs/job-log-view.ts'
import type { Services } from '../services/services.ts'
import { guarded, type Implementer } from './implementer.ts'

export function jobsRouter(os: Implementer, services: Services) {
  const { queue, catalog, restores, bugs } = services
  const shown = (jobs: readonly Job[]): Job[] => queue.fresh(jobs).map((job) => restores.withReceipt(job))
  return {
    list: os.jobs.list.handler(({ input }) => shown(services.listJobs(input))),
    get: os.jobs.get.handler(({ input }) => restores.withReceipt(queue.get(input.id))),
    start: os.jobs.start.handler(({ input }) => services.startJob(input.spec, input.trigger)),
    cancel: os.jobs.cancel.handler(({ input }) => queue.cancel(input.id)),
    pause: os.jobs.pause.handler(({ input }) => queue.pause(input.id)),
    resume: os.jobs.resume.handler(({ input }) => queue.resume(input.id)),
    retry: os.jobs.retry.handler(({ input }) => queue.retry(input.id)),
    reorder: os.jobs.reorder.handler(({ input }) => queue.reorder(input.id, input.before)),
    events: os.jobs.events.handler(({ signal }) => guarded(queue.events(signal), bugs)),
    followLog: os.jobs.followLog.handler(({ input, signal }) => {
      queue.get(input.id)
      return guarded(followLog({ queue, log: catalog.jobLog }, input, signal), bugs)
    }),
    log: os.jobs.log.handler(({ input }) => {
      queue.get(input.id)
      return logPage(catalog.jobLog, input)
    }),
    throughput: os.jobs.throughput.handler(({ input }) => {
      queue.get(input.id)
      return queue.throughput(input.id)
    }),
  }
}
