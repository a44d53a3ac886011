import { setTimeout as sleep } from 'node:timers/promises'
import { HoldfastError } from '../../../src-shared/errors.ts'
import type { RemoteEvent } from '../../../src-shared/model/known-job-server.ts'
import type { VagrantConnection } from '../../engines/vagrant/client/connect-vagrant.ts'
import { callFailure } from '../../sources/job-server/server-connection.ts'
import { shownJob } from './remote-job.ts'
import { createBatchReader } from './terminal-batch.ts'

/** A server that restarts is back within this. */
const patienceMs = 120_000
const retryEveryMs = 500

/**
 * Follows a job of another server to its end. When the connection breaks, it connects again and goes on behind what was told
 * already. Throws `job/unknown`, `job-server/denied`, and `job-server/unreachable` for a server that stays away.
 */
export async function* watchJob(
  connect: (signal: AbortSignal) => Promise<VagrantConnection>,
  queueId: string,
  signal: AbortSignal,
): AsyncGenerator<RemoteEvent> {
  let told = 0
  /** Infinite until it answered once: one that never did is not waited for. */
  let lostAt: number | undefined = Number.NEGATIVE_INFINITY
  for (;;) {
    try {
      const connection = await connect(signal)
      try {
        const read = createBatchReader()
        let skip = told
        for await (const { event } of connection.client.getJobStream({ jobId: queueId }, { signal })) {
          lostAt = undefined
          if (event.case === 'state' && event.value.job !== undefined)
            yield { type: 'job', job: shownJob(event.value.job) }
          if (event.case === 'terminal') {
            for (const { buffered, events } of read(event.value)) {
              const news = events.slice(skip)
              skip = Math.max(0, skip - events.length)
              told += news.length
              if (news.length > 0) yield { type: 'output', buffered, events: news }
            }
          }
          if (event.case !== 'complete') continue
          yield { type: 'job', job: shownJob(await connection.client.getJob({ jobId: queueId }, { signal })) }
          return
        }
      } finally {
        connection.close()
      }
    } catch (error) {
      signal.throwIfAborted()
      const failure = callFailure(error)
      const isAway = failure instanceof HoldfastError && failure.code === 'job-server/unreachable'
      if (!isAway || (lostAt !== undefined && Date.now() - lostAt > patienceMs)) throw failure
    }
    if (lostAt === undefined) yield { type: 'lost' }
    lostAt ??= Date.now()
    await sleep(retryEveryMs, undefined, { signal })
  }
}
