import { z } from 'zod'
import { count, timestamp } from './ids.ts'

/** How a job server is reached. */
export const jobServerAddress = z.object({
  /** `host:port` */
  address: z.string().min(1).max(300),
  /** Absent on loopback, and where the system trusts its certificate by itself. */
  tls: z.enum(['none', 'authorities', 'fingerprint']),
  /** SHA-256 of the certificate that a person trusted. */
  fingerprint: z.string().max(128).optional(),
})
export type JobServerAddress = z.infer<typeof jobServerAddress>

/** All that a Vagrant-style job server keeps, as its own snapshot (spec vagrant-server §14). */
export const jobServerSource = jobServerAddress.extend({ kind: z.literal('job-server') })
export type JobServerSource = z.infer<typeof jobServerSource>

/** Kept in the secret store, under the id of the known server. */
export const jobServerSecrets = z.object({ token: z.string().optional() })

/** The tree in a snapshot of a repository, the one file in it, and the blob beside it. */
export const jobServerTreeName = 'job-server'
export const jobServerFileName = 'server.snapshot'
export const jobServerFactsName = 'job-server.json'

/** What a stored snapshot says of itself. */
export const jobServerFacts = z.object({
  format: z.literal(1),
  address: z.string(),
  takenAt: timestamp,
  /** Of the server's software. */
  version: z.string(),
  /** The snapshot's own digest, lower case. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Uncompressed. */
  sizeBytes: count,
  /** What is in it, by kind: `basis`, `project`, `target`, `box`, `jobs` and so on. */
  buckets: z.array(z.object({ name: z.string(), items: count, sizeBytes: count })),
})
export type JobServerFacts = z.infer<typeof jobServerFacts>
