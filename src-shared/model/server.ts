import { z } from 'zod'
import { count, repositoryId, snapshotId, timestamp } from './ids.ts'
import { plainError } from './plain-error.ts'

/** Where a server listens. Loopback unless a person says otherwise; port 0 takes a free one. */
export const listenAddress = z.object({
  host: z.string().min(1).max(255).default('127.0.0.1'),
  port: z.number().int().min(0).max(65_535),
})
export type ListenAddress = z.infer<typeof listenAddress>

/** PROXMOX_SAFE_ID of spec pbs §1.2, as far as names of datastores go. */
const offerName = z
  .string()
  .regex(/^[A-Za-z0-9_][A-Za-z0-9._-]*$/)
  .min(3)
  .max(32)

/** A local repository offered under a name. */
export const offeredRepository = z.object({ name: offerName, repositoryId })

export const pbsServerConfig = z.object({
  kind: z.literal('pbs'),
  listen: listenAddress.default({ host: '127.0.0.1', port: 8007 }),
  datastores: z.array(offeredRepository).max(64).default([]),
})

/** Runs the backup tool of this computer for other machines. The database password and the shared secret are secrets. */
export const xtrabackupAgentConfig = z.object({
  kind: z.literal('xtrabackup-agent'),
  listen: listenAddress.default({ host: '127.0.0.1', port: 25_301 }),
  /** Addresses and networks that may connect; empty is whoever knows the secret. */
  allow: z.array(z.string().max(64)).max(256).default([]),
  /** Absolute; found on the PATH when absent. */
  tool: z.string().max(4096).optional(),
  socket: z.string().max(4096).optional(),
  user: z.string().max(128).optional(),
  maximumRuns: z.number().int().min(1).max(16).default(1),
  bytesPerSecond: count.optional(),
  /** The server's own options file, where it says things that the tool needs. */
  serverConfig: z.string().max(4096).optional(),
  /** Files that the tool copies at once. */
  parallel: z.number().int().min(1).max(64).optional(),
  /** Where a backup is laid out that a caller wants as a tar; the system's temporary folder when absent. */
  stagingFolder: z.string().max(4096).optional(),
  /** Takes backups to be restored here, each into a new folder below this one; none when absent. */
  restoreFolder: z.string().max(4096).optional(),
  /** Folders that callers of the dialect 1.8 may copy from and to; without any it is not spoken. */
  oldDialectFolders: z.array(z.string().max(4096)).max(64).optional(),
  /** Leaves the server's timeouts as they are, whatever callers ask for. */
  keepsTimeouts: z.boolean().optional(),
})

/** What a user of a bucket may do, by the names of Couchbase: `Administrator` is the snapshots themselves. */
export const couchbasePrivilege = z.enum(['Administrator', 'Stats', 'SystemSettings'])
export type CouchbasePrivilege = z.infer<typeof couchbasePrivilege>

/** Where the password of another user is among the secrets of the server. */
export function couchbasePasswordName(user: string): string {
  return `password:${user}`
}

/** Serves a folder of vbuckets to nodes, or to another Holdfast; into one in a node's layout it also downloads. */
export const couchbaseServerConfig = z.object({
  kind: z.literal('couchbase'),
  listen: listenAddress.default({ host: '127.0.0.1', port: 11_210 }),
  folder: z.string().max(4096).default(''),
  /** Serves the bucket in this snapshot, read out of its repository, instead of the folder. */
  snapshotId: snapshotId.optional(),
  bucket: z.string().max(100).default('default'),
  user: z.string().max(128).default('Administrator'),
  /** Who else may log in; without a password only by certificate. */
  moreUsers: z
    .array(z.object({ name: z.string().min(1).max(128), privileges: z.array(couchbasePrivilege).max(3) }))
    .max(64)
    .default([]),
  /** Of a folder in a node's layout; a stored bucket says itself how many it has. */
  vbucketCount: z.number().int().min(1).max(65_536).default(1024),
  /** PEM. Without them it makes a certificate of its own at its first start. */
  certificatePath: z.string().max(4096).optional(),
  keyPath: z.string().max(4096).optional(),
  /** Whose certificates log in as the user their common name says, instead of a password. */
  clientAuthorityPath: z.string().max(4096).optional(),
  /** TLS on this computer's own addresses too; on all others there is no other way. */
  isAlwaysSecure: z.boolean().default(false),
})

/** The job server for runners on this and other machines. */
export const jobServerConfig = z.object({
  kind: z.literal('jobs'),
  listen: listenAddress.default({ host: '127.0.0.1', port: 9701 }),
})

export const serverConfig = z.discriminatedUnion('kind', [
  pbsServerConfig,
  xtrabackupAgentConfig,
  couchbaseServerConfig,
  jobServerConfig,
])
export type ServerConfig = z.infer<typeof serverConfig>
export type ServerKind = ServerConfig['kind']
export const serverKinds = ['pbs', 'xtrabackup-agent', 'couchbase', 'jobs'] as const satisfies readonly ServerKind[]
export const serverKind = z.enum(serverKinds)

/** Somebody who is connected now. */
export const serverConnection = z.object({
  id: z.string(),
  /** Address of the other side. */
  peer: z.string(),
  /** Who it says it is, once known. */
  user: z.string().optional(),
  since: timestamp,
  /** What it does, as a few words; empty while it does nothing. */
  activity: z.string(),
})
export type ServerConnection = z.infer<typeof serverConnection>

export const serverStatus = z.discriminatedUnion('state', [
  z.object({ state: z.literal('stopped') }),
  z.object({ state: z.literal('starting') }),
  z.object({
    state: z.literal('running'),
    since: timestamp,
    listen: listenAddress,
    /** SHA-256 of the certificate, where there is one. */
    fingerprint: z.string().optional(),
    connections: z.array(serverConnection),
  }),
  z.object({ state: z.literal('failed'), at: timestamp, error: plainError }),
])
export type ServerStatus = z.infer<typeof serverStatus>

/** A server of this computer, off until it is switched on. One that is on starts with Holdfast. */
export const server = z.object({ config: serverConfig, isOn: z.boolean(), status: serverStatus })
export type Server = z.infer<typeof server>

export const serverLogLine = z.object({
  id: count,
  kind: serverKind,
  at: timestamp,
  level: z.enum(['info', 'warn', 'error']),
  message: z.string(),
})
export type ServerLogLine = z.infer<typeof serverLogLine>

/** Starts with the whole, goes on with changes. */
export const serverEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('snapshot'), servers: z.array(server), log: z.array(serverLogLine) }),
  z.object({ type: z.literal('changed'), server }),
  z.object({ type: z.literal('log'), line: serverLogLine }),
])
export type ServerEvent = z.infer<typeof serverEvent>
