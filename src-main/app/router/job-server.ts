import { HoldfastError } from '../../../src-shared/errors.ts'
import { remoteJobId } from '../job-server/remote-job.ts'
import type { Services } from '../services/services.ts'
import { guarded, type Implementer, signalOf } from './implementer.ts'

export function jobServerRouter(os: Implementer, { jobServer, queue, bugs }: Services) {
  const { jobServer: own } = os
  return {
    tokens: own.tokens.handler(() => jobServer.tokens()),
    makeToken: own.makeToken.handler(({ input }) => ({ token: jobServer.makeToken(input) })),
    revokeToken: own.revokeToken.handler(({ input }) => jobServer.revokeToken(input.id)),
    runners: own.runners.handler(() => jobServer.runners()),
    queue: own.queue.handler(({ input }) => ({ jobId: remoteJobId(jobServer.enqueue(input).id) })),
    output: own.output.handler(({ input, signal }) => {
      const { spec } = queue.get(input.id)
      if (spec.kind !== 'remote') throw new HoldfastError('job/unknown')
      return guarded(jobServer.output(spec.queueId, signalOf(signal)), bugs)
    }),
  }
}
