import { eventIterator, oc } from '@orpc/contract'
import { z } from 'zod'
import { count, secretId, snapshotId } from '../model/ids.ts'
import { job } from '../model/job.ts'
import { jobServerFacts } from '../model/job-server-source.ts'
import {
  knownJobServer,
  knownRunner,
  ownRunner,
  recordKind,
  remoteEvent,
  runnerWish,
  serverRecord,
} from '../model/known-job-server.ts'
import { raises } from './raises.ts'

const on = z.object({ id: secretId })
const restoreWish = z.object({ snapshotId, serverId: secretId })
const oneJob = on.extend({ queueId: z.string().max(256) })
const failures = raises(
  'auth/untrusted',
  'input/invalid',
  'secret/unavailable',
  'job/unknown',
  'job-server/denied',
  'job-server/outdated',
  'job-server/unreachable',
  'job-server/unsupported',
)

/** Job servers of other computers: a backup on one machine, queued and watched from another. */
export const jobServersContract = {
  list: oc.output(z.array(knownJobServer)),
  /** Kept when the server takes the token. An invite becomes a login on the way; the token never comes out again. */
  add: oc
    .input(
      z.object({
        name: z.string().trim().min(1).max(100),
        address: z.string().min(1).max(300),
        token: z.string().min(1).max(4096),
        fingerprint: z.string().max(128).optional(),
      }),
    )
    .output(knownJobServer)
    .errors(failures),
  remove: oc.input(on).output(z.void()),
  /** Makes this computer a runner of it, now and whenever Holdfast runs; without `work` no more. Jobs in hand end first. */
  work: oc
    .input(on.extend({ work: runnerWish.optional() }))
    .output(knownJobServer)
    .errors(raises('input/invalid')),
  /** Of servers that this computer works for: how it goes. */
  working: oc.output(z.array(ownRunner)),
  /** The newest jobs of its queue, and the runners that its jobs name. */
  look: oc
    .input(on)
    .output(z.object({ jobs: z.array(job), runners: z.array(knownRunner) }))
    .errors(failures),
  queue: oc
    .input(
      on.extend({ words: z.array(z.string().min(1).max(4096)).min(1).max(64), runner: z.string().max(256).optional() }),
    )
    .output(z.object({ queueId: z.string() }))
    .errors(failures),
  cancel: oc.input(oneJob).output(z.void()).errors(failures),
  /** How a job stands and what it prints, until it has ended; through restarts of its server. */
  watch: oc.input(oneJob).output(eventIterator(remoteEvent)).errors(failures),
  /** A page of what it keeps besides jobs, by name. */
  records: oc
    .input(
      on.extend({
        kind: recordKind,
        offset: count.default(0),
        limit: z.number().int().min(1).max(500).default(200),
      }),
    )
    .output(z.object({ records: z.array(serverRecord), total: count }))
    .errors(failures),
  /** What a stored job server says of itself. */
  facts: oc
    .input(z.object({ snapshotId }))
    .output(jobServerFacts)
    .errors(raises('input/invalid', 'snapshot/unknown', 'repository/unreachable', 'key/missing')),
  /** A stored job server to a known one, in whose place it comes when that starts again. */
  restore: oc.input(restoreWish).output(job).errors(raises('input/invalid', 'snapshot/unknown')),
  restoreAsCommand: oc.input(restoreWish).output(z.string()).errors(raises('input/invalid', 'snapshot/unknown')),
  makeToken: oc
    .input(on.extend({ kind: z.enum(['login', 'invite']), validForMs: count.min(1000).default(24 * 60 * 60_000) }))
    .output(z.object({ token: z.string() }))
    .errors(failures),
}
