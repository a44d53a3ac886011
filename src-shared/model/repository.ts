import { z } from 'zod'
import { count, keyId, repositoryId, timestamp } from './ids.ts'
import { plainError } from './plain-error.ts'

export const repositoryKind = z.enum(['datastore', 'pbs', 'casync', 's3'])

/** What a repository can do besides storing and reading; the window shows what is there. */
export const capability = z.enum([
  'verify',
  'prune',
  'collect-garbage',
  'forget',
  'remove-paths',
  'protect',
  'notes',
  'namespaces',
  'usage',
  'space',
  'encryption',
  'groups',
  'tasks',
])
export type Capability = z.infer<typeof capability>

/** The public part of a master key: who has the private one opens snapshots whose key is lost (spec pbs §5.3). */
export const masterPublicKey = z.object({
  /** PEM. */
  publicKey: z.string().max(16_384),
  /** SHA-256 of its DER form, in hex pairs. */
  fingerprint: z.string().max(128),
  bits: count,
})
export type MasterPublicKey = z.infer<typeof masterPublicKey>

export const repository = z.object({
  id: repositoryId,
  name: z.string().trim().min(1).max(100),
  kind: repositoryKind,
  /** As in the table of addresses (docs/architecture.md), without secrets. */
  address: z.string().min(1).max(4096),
  /** The key new backups to it are encrypted with, unless the plan says otherwise. */
  keyId: keyId.optional(),
  /** Each encrypted snapshot stores its key for the holder of this one. */
  masterKey: masterPublicKey.optional(),
  /** SHA-256 of the server's certificate, as a person trusted it; another one stops everything. */
  fingerprint: z.string().max(128).optional(),
  /** Namespace that new backups go to unless a plan says otherwise. */
  namespace: z.string().max(256).optional(),
  addedAt: timestamp,
})
export type Repository = z.infer<typeof repository>

export const repositoryUsage = z.object({
  totalBytes: count,
  usedBytes: count,
  availableBytes: count,
  /** Bytes of the chunk store, and what they would be without deduplication and compression. */
  storedBytes: count.optional(),
  logicalBytes: count.optional(),
  at: timestamp,
})
export type RepositoryUsage = z.infer<typeof repositoryUsage>

/** A repository with what is known of it now. `reachable` is undefined until it was first asked. */
export const repositoryState = z.object({
  repository,
  capabilities: z.array(capability),
  reachable: z.boolean().optional(),
  error: plainError.optional(),
  usage: repositoryUsage.optional(),
  snapshots: count,
  groups: count,
  protectedSnapshots: count,
  lastVerify: z.object({ at: timestamp, corruptChunks: count, checkedSnapshots: count }).optional(),
  lastGarbageCollection: z.object({ at: timestamp, freedBytes: count }).optional(),
})
export type RepositoryState = z.infer<typeof repositoryState>
