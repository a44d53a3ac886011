import { z } from 'zod'
import { couchbaseSecrets, couchbaseTls } from './couchbase-source.ts'
import { secretId, snapshotId } from './ids.ts'

/** A restored bucket, laid out as the data folder of a node that is not running. Absolute paths. */
export const couchbasePlacing = z.object({ stored: z.string().min(1).max(4096), target: z.string().min(1).max(4096) })
export type CouchbasePlacing = z.infer<typeof couchbasePlacing>

const pulling = z.object({
  /** A folder with the restored bucket, or the snapshot that holds it: one of the two. */
  stored: z.string().min(1).max(4096).optional(),
  snapshotId: snapshotId.optional(),
  /** The node: `host` or `host:port`. */
  node: z.string().min(1).max(300),
  bucket: z.string().regex(/^[A-Za-z0-9_.%-]{1,100}$/),
  user: z.string().min(1).max(128).optional(),
  tls: couchbaseTls.optional(),
  /** Credentials and data without TLS to other machines. */
  allowInsecure: z.boolean().default(false),
  /** An address of this computer that the node can reach. */
  servedAt: z.string().min(1).max(255).default('127.0.0.1'),
  /** Makes the vbuckets active at once: only for nodes that nothing else manages. */
  adopt: z.boolean().default(false),
})

/** A node is told to pull a stored bucket, which we serve to it meanwhile (spec couchbase §10.3). */
export const couchbasePull = pulling.extend({
  /** In the secret store for as long as the job may be run, and then gone. */
  secrets: couchbaseSecrets,
})
export type CouchbasePull = z.infer<typeof couchbasePull>

/** How a stored bucket goes back into a node. */
export const bucketReturn = z.discriminatedUnion('kind', [
  couchbasePlacing.extend({ kind: z.literal('place') }),
  pulling.extend({ kind: z.literal('pull'), secretId: secretId.optional() }),
])
export type BucketReturn = z.infer<typeof bucketReturn>
