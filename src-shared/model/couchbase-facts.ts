import { z } from 'zod'
import { count, timestamp } from './ids.ts'

/** What a cluster says when it is asked whether a plan could run. */
export const couchbaseTest = z.object({
  bucket: z.string(),
  backend: z.string(),
  vbuckets: count,
  /** Vbuckets that no node has an active copy of now. */
  withoutCopy: count,
  nodes: z.array(z.object({ address: z.string(), vbuckets: count })),
  isRebalancing: z.boolean(),
  isSecure: z.boolean(),
})
export type CouchbaseTest = z.infer<typeof couchbaseTest>

const vbucketFacts = z.object({
  vbid: count,
  outcome: z.enum(['stored', 'no-active-copy', 'failed']),
  node: z.string().optional(),
  /** Everything up to this sequence number is in it; 64 bits, in decimal. */
  seqno: z.string().optional(),
  files: count,
  bytes: count,
  deks: count,
  problem: z.string().optional(),
})
export type VbucketFacts = z.infer<typeof vbucketFacts>

/** What a snapshot says of the bucket in it, with a page of its vbuckets. */
export const couchbaseFacts = z.object({
  /** The tree in the snapshot. */
  archive: z.string(),
  bucket: z.string(),
  backend: z.string(),
  startedAt: timestamp,
  finishedAt: timestamp,
  isComplete: z.boolean(),
  stored: count,
  /** Of the bucket, stored or not. */
  total: count,
  files: count,
  bytes: count,
  /** Files with keys that the nodes use for encryption at rest, each counted once; none is not encrypted. */
  deks: count,
  /** Ids of those keys, the first few. */
  keyIds: z.array(z.string()).max(8),
  vbuckets: z.array(vbucketFacts),
})
export type CouchbaseFacts = z.infer<typeof couchbaseFacts>
