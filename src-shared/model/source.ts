import { z } from 'zod'
import { couchbaseSource as couchbase } from './couchbase-source.ts'
import { secretId } from './ids.ts'
import { jobServerSource as jobServer } from './job-server-source.ts'
import { mysqlSource as mysql } from './mysql-source.ts'

/**
 * Whether folders are read from a snapshot of their file system, so that all files are of one moment: `always` fails where
 * there can be none, `when-possible` reads such folders as they are and says so.
 */
export const fileSystemSnapshot = z.enum(['off', 'when-possible', 'always'])
export type FileSystemSnapshot = z.infer<typeof fileSystemSnapshot>

/** Folders of this computer. Each becomes one archive of the snapshot, named after its last component. */
export const foldersSource = z.object({
  kind: z.literal('folders'),
  /** Absolute paths as path text (path-text.ts). */
  paths: z.array(z.string().min(1)).min(1).max(64),
  /** Patterns in PBS syntax (spec pbs §9.2), in order: the last match wins. */
  excludes: z.array(z.string().min(1).max(4096)).max(1000).default([]),
  /** Ids of ready-made exclude presets. */
  presets: z.array(z.string()).default([]),
  oneFileSystem: z.boolean().default(true),
  fileSystemSnapshot: fileSystemSnapshot.default('off'),
})
export type FoldersSource = z.infer<typeof foldersSource>

/** Disk images and block devices, each an archive of its own, read block by block. */
export const imageSource = z.object({
  kind: z.literal('image'),
  /** Absolute paths as path text. */
  paths: z.array(z.string().min(1)).min(1).max(64),
})
export type ImageSource = z.infer<typeof imageSource>

/** Passwords are in the secret store, under the names that `MysqlSecrets` and `CouchbaseSecrets` give them. */
const mysqlSource = mysql.extend({ secretId: secretId.optional() })
const couchbaseSource = couchbase.extend({ secretId: secretId.optional() })
/** The token belongs to the known job server, whose id this is: plans come and go without it. */
const jobServerSource = jobServer.extend({ serverId: secretId })

/** What to back up. Passwords are not in it: they lie in the secret store under `secretId`. */
export const planSource = z.discriminatedUnion('kind', [
  foldersSource,
  imageSource,
  mysqlSource,
  couchbaseSource,
  jobServerSource,
])
export type PlanSource = z.infer<typeof planSource>
export type SourceKind = PlanSource['kind']

/** Where the passwords of a source lie, for those that have any. */
export function sourceSecretId(source: PlanSource) {
  return source.kind === 'job-server' ? source.serverId : ownSecretId(source)
}

/** The same, for passwords that are the source's alone: nobody needs them without it. */
export function ownSecretId(source: PlanSource) {
  return 'secretId' in source ? source.secretId : undefined
}

/** Paths on this computer that a source names; none for databases and servers. */
export function sourcePaths(source: PlanSource): readonly string[] {
  return source.kind === 'folders' || source.kind === 'image' ? source.paths : []
}
