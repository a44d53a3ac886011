import { z } from 'zod'
import { secretId } from './ids.ts'
import { job } from './job.ts'
import { jobServerAddress } from './job-server-source.ts'
import { plainError } from './plain-error.ts'
import { terminalBatch } from './remote-job.ts'

/** How this computer works for a job server. */
export const runnerWish = z.object({
  /** What it is called there. */
  runnerId: z.string().trim().min(1).max(256),
  /** Takes only jobs that name it. */
  byIdOnly: z.boolean().default(false),
  /** Jobs at the same time. */
  parallel: z.number().int().min(1).max(16).default(1),
})
export type RunnerWish = z.infer<typeof runnerWish>

/** A job server on another computer. Its token lies in the secret store under the same id. */
export const knownJobServer = jobServerAddress.extend({
  id: secretId,
  name: z.string().trim().min(1).max(100),
  /** Absent: it does not work for it. */
  work: runnerWish.optional(),
})
export type KnownJobServer = z.infer<typeof knownJobServer>

/** How it goes with what this computer does for a server. */
export const ownRunner = z.discriminatedUnion('state', [
  z.object({ id: secretId, state: z.literal('connecting') }),
  z.object({ id: secretId, state: z.literal('working') }),
  /** Refused for good; a new token or another wish begins anew. */
  z.object({ id: secretId, state: z.literal('failed'), error: plainError }),
])
export type OwnRunner = z.infer<typeof ownRunner>

/** A runner that jobs of a server named. The protocol has no list of them. */
export const knownRunner = z.object({ id: z.string(), isConnected: z.boolean() })
export type KnownRunner = z.infer<typeof knownRunner>

/** What a server keeps besides jobs (spec vagrant-server §8). */
export const recordKind = z.enum(['basis', 'project', 'target', 'box'])
export type RecordKind = z.infer<typeof recordKind>

/** One of them, as far as a list of them says. `within` is what it belongs to: a project, a basis, or what provides a box. */
export const serverRecord = z.object({ id: z.string(), name: z.string(), detail: z.string(), within: z.string() })
export type ServerRecord = z.infer<typeof serverRecord>

/** What watching a job of another server gives: how it stands, and what it prints. */
export const remoteEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('job'), job }),
  z.object({ type: z.literal('output'), ...terminalBatch.shape }),
  /** The server is away; watching goes on when it comes back. */
  z.object({ type: z.literal('lost') }),
])
export type RemoteEvent = z.infer<typeof remoteEvent>
