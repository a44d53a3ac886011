import { z } from 'zod'
import { secretId } from './ids.ts'
import { job } from './job.ts'
import { jobServerAddress } from './job-server-source.ts'
import { terminalBatch } from './remote-job.ts'

/** A job server on another computer. Its token lies in the secret store under the same id. */
export const knownJobServer = jobServerAddress.extend({
  id: secretId,
  name: z.string().trim().min(1).max(100),
})
export type KnownJobServer = z.infer<typeof knownJobServer>

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
