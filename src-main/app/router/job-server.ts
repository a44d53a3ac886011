import { HoldfastError } from '../../../src-shared/errors.ts'
import type { Services } from '../services/services.ts'
import { guarded, type Implementer, signalOf } from './implementer.ts'

export function jobServerRouter(os: Implementer, { jobServer, queue, bugs }: Services) {
  const { jobServer: own } = os
  return {
    tokens: own.tokens.handler(() => jobServer.desk.tokens()),
    makeToken: own.makeToken.handler(({ input }) => ({ token: jobServer.desk.makeToken(input) })),
    revokeToken: own.revokeToken.handler(({ input }) => jobServer.desk.revokeToken(input.id)),
    runners: own.runners.handler(() => jobServer.desk.runners()),
    queue: own.queue.handler(({ input }) => ({ jobId: jobServer.desk.enqueue(input) })),
    output: own.output.handler(({ input, signal }) => {
      const { spec } = queue.get(input.id)
      if (spec.kind !== 'remote') throw new HoldfastError('job/unknown')
      return guarded(jobServer.desk.output(spec.queueId, signalOf(signal)), bugs)
    }),
  }
}
