import { oc } from '@orpc/contract'
import { z } from 'zod'
import { databaseTarget } from '../model/database-restore.ts'
import { count, secretId, snapshotId, timestamp } from '../model/ids.ts'
import { job } from '../model/job.ts'
import { mysqlConnection, mysqlFacts, mysqlSecrets, mysqlTable } from '../model/mysql-source.ts'
import { raises } from './raises.ts'

/** What a snapshot of a database server says of itself; its tables come page by page. */
export const databaseSummary = mysqlFacts.omit({ format: true, databases: true, base: true }).extend({
  databases: z.array(
    z.object({
      name: z.string(),
      tables: count,
      /** As the server counted it, where it was asked. */
      sizeBytes: count.optional(),
      storedBytes: count,
    }),
  ),
  /** What this point is put together from: the full first, itself last. */
  chain: z.array(z.object({ snapshotId, at: timestamp, level: z.enum(['full', 'incremental']) })),
  /** A sentence, where the chain is not whole: then this point cannot be restored. */
  problem: z.string().optional(),
})
export type DatabaseSummary = z.infer<typeof databaseSummary>

const request = z.object({ snapshotId, as: databaseTarget })
const reading = ['snapshot/unknown', 'mysql/incomplete', 'repository/unreachable', 'key/missing'] as const

/** Database servers in snapshots, and those that are about to be backed up. */
export const databasesContract = {
  summary: oc
    .input(z.object({ snapshotId }))
    .output(databaseSummary)
    .errors(raises(...reading)),
  /** A page of one database, by name. */
  tables: oc
    .input(
      z.object({
        snapshotId,
        database: z.string(),
        offset: count.default(0),
        limit: z.number().int().min(1).max(1000).default(200),
      }),
    )
    .output(z.object({ tables: z.array(mysqlTable), total: count }))
    .errors(raises(...reading, 'path/not-found')),
  /** A server runs as long as its job does; where it is reached is in the job's progress. */
  restore: oc.input(request).output(job).errors(raises('snapshot/unknown', 'input/invalid')),
  asCommand: oc.input(request).output(z.string()).errors(raises('snapshot/unknown')),
  /** Asks the server or the agent, with secrets that need not be saved yet; those under `secretId` stand in for absent ones. */
  test: oc
    .input(z.object({ connection: mysqlConnection, secretId: secretId.optional(), secrets: mysqlSecrets.default({}) }))
    .output(
      z.object({
        version: z.string(),
        toolVersion: z.string(),
        /** What the login lacks for a backup, as the server calls it. */
        missingRights: z.array(z.string()),
        databases: z.array(z.object({ name: z.string(), tables: count, sizeBytes: count })).max(10_000),
      }),
    )
    .errors(
      raises(
        'disk/full',
        'disk/read-only',
        'input/invalid',
        'mysql/agent-refused',
        'mysql/agent-unreachable',
        'mysql/tool-failed',
        'mysql/tool-missing',
        'secret/unavailable',
        'auth/untrusted',
        'protocol/violation',
      ),
    ),
}
