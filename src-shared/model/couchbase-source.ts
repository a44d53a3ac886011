import { z } from 'zod'

/** How the nodes of a cluster are trusted. Paths are of this computer; keys and passphrases are secrets. */
export const couchbaseTls = z.object({
  /** The cluster's authority, PEM. Those of the system when absent. */
  authorityPath: z.string().max(4096).optional(),
  /** A client certificate to log in with, instead of user and password, or besides. */
  certificatePath: z.string().max(4096).optional(),
  keyPath: z.string().max(4096).optional(),
  /** SHA-256 of the one certificate that is accepted: for clusters whose certificates lack the addresses in use. */
  fingerprint: z
    .string()
    .regex(/^[0-9A-Fa-f]{2}(:?[0-9A-Fa-f]{2}){31}$/)
    .optional(),
})

/** A bucket of a Couchbase cluster (8.0 or newer), vbucket by vbucket as the nodes' own files. */
export const couchbaseSource = z.object({
  kind: z.literal('couchbase'),
  /** Any nodes, `host` or `host:port`; the others are found. The port is 11207 with TLS and 11210 without. */
  hosts: z.array(z.string().min(1).max(300)).min(1).max(64),
  bucket: z.string().regex(/^[A-Za-z0-9_.%-]{1,100}$/),
  /** Needs the role Full Admin. Absent logs in by certificate. */
  user: z.string().min(1).max(128).optional(),
  tls: couchbaseTls.optional(),
  /** Credentials without TLS to other machines. */
  allowInsecure: z.boolean().default(false),
  /** Vbuckets that are prepared ahead. Each pins its files on its node meanwhile. */
  parallelVbuckets: z.number().int().min(1).max(32).default(4),
  /** What to do with a snapshot that somebody left on a node: a fresh one in its place, or take it, age unknown. */
  leftovers: z.enum(['release', 'use']).default('release'),
  /** How long a node may be gone before its vbuckets are given up. */
  patienceSeconds: z.number().int().min(1).max(86_400).default(120),
  /** Where vbuckets lie until they are stored, each whole; Holdfast's own folder when absent. */
  stagingFolder: z.string().min(1).max(4096).optional(),
  /** How much of it; half of what is free when absent. */
  stagingLimitBytes: z.number().int().min(1).max(Number.MAX_SAFE_INTEGER).optional(),
})
export type CouchbaseSource = z.infer<typeof couchbaseSource>

/** Kept in the secret store, never with the plan. */
export const couchbaseSecrets = z.object({
  password: z.string().optional(),
  /** Of the client certificate's key. */
  keyPassphrase: z.string().optional(),
})
export type CouchbaseSecrets = z.infer<typeof couchbaseSecrets>
