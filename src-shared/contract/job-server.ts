import { eventIterator, oc } from '@orpc/contract'
import { z } from 'zod'
import { count, jobId } from '../model/ids.ts'
import { connectedRunner, serverToken, terminalBatch } from '../model/remote-job.ts'
import { raises } from './raises.ts'

/** The job server of this computer, while it is on: who may use it, who works for it, what jobs print. */
export const jobServerContract = {
  tokens: oc.output(z.array(serverToken)).errors(raises('server/unavailable')),
  /** The token is in the answer, this once. An invite is good for `validForMs`, and becomes a login where it is used. */
  makeToken: oc
    .input(
      z.discriminatedUnion('kind', [
        z.object({ kind: z.literal('login') }),
        z.object({ kind: z.literal('invite'), validForMs: count.min(1000).max(30 * 24 * 60 * 60_000) }),
      ]),
    )
    .output(z.object({ token: z.string() }))
    .errors(raises('server/unavailable')),
  /** Whoever uses it is refused from now on; what waits with it ends, a job in hand is finished. */
  revokeToken: oc
    .input(z.object({ id: z.string().max(64) }))
    .output(z.void())
    .errors(raises('server/unavailable', 'input/invalid')),
  runners: oc.output(z.array(connectedRunner)).errors(raises('server/unavailable')),
  /** Has a runner run a command, such as `backup` with the name of a plan it has. The job shows among the jobs. */
  queue: oc
    .input(
      z.object({ words: z.array(z.string().min(1).max(4096)).min(1).max(64), runner: z.string().max(256).optional() }),
    )
    .output(z.object({ jobId }))
    .errors(raises('server/unavailable')),
  /** What a remote job printed so far (marked `buffered`), then what it prints, until it has ended. */
  output: oc
    .input(z.object({ id: jobId }))
    .output(eventIterator(terminalBatch))
    .errors(raises('job/unknown', 'server/unavailable')),
}
