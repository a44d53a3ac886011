import { z } from 'zod'
import { anomaly } from './anomaly.ts'
import { bucketReturn } from './couchbase-restore.ts'
import { databaseTarget } from './database-restore.ts'
import { snapshotPath } from './entry.ts'
import { count, jobId, lineageId, planId, repositoryId, secretId, snapshotId, timestamp } from './ids.ts'
import { jobServerAddress } from './job-server-source.ts'
import { plainError } from './plain-error.ts'
import { backupId, backupOptions, hooks, namespace, writeLimit } from './plan.ts'
import { remoteJobSpec } from './remote-job.ts'
import { restoreOptions, restoreReceipt } from './restore.ts'
import { retention } from './retention.ts'
import { fileCounts } from './snapshot.ts'
import { planSource } from './source.ts'
import { restoreTest } from './trust.ts'

/** What a job does, complete enough to run it again (style E10). */
export const jobSpec = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('backup'),
    source: planSource,
    repositoryId,
    namespace,
    backupId,
    options: backupOptions,
    retention: retention.optional(),
    hooks: hooks.optional(),
    dryRun: z.boolean().default(false),
    writeLimitBytesPerSecond: writeLimit.optional(),
  }),
  z.object({ kind: z.literal('restore'), snapshotId, options: restoreOptions }),
  z.object({ kind: z.literal('undo-restore'), jobId }),
  /** A database server as it was at one point; see database-restore.ts. */
  z.object({ kind: z.literal('restore-database'), snapshotId, as: databaseTarget }),
  /** A restored bucket back into a Couchbase node; see couchbase-restore.ts. */
  z.object({ kind: z.literal('return-bucket'), as: bucketReturn }),
  /** All that a job server kept, to a known one: it takes effect when that starts again. */
  z.object({
    kind: z.literal('restore-job-server'),
    snapshotId,
    to: jobServerAddress.extend({ serverId: secretId }),
  }),
  z.object({
    kind: z.literal('verify'),
    repositoryId,
    snapshotIds: z.array(snapshotId).optional(),
    /** Skip snapshots verified well within this many days. */
    skipVerifiedWithinDays: count.optional(),
  }),
  z.object({
    kind: z.literal('prune'),
    repositoryId,
    namespace,
    backupId: backupId.optional(),
    retention,
    dryRun: z.boolean().default(false),
  }),
  z.object({ kind: z.literal('forget'), repositoryId, snapshotIds: z.array(snapshotId).min(1) }),
  /** Takes files and folders out of every snapshot of some groups, as if they had never been backed up. */
  z.object({
    kind: z.literal('remove-from-history'),
    repositoryId,
    lineageIds: z.array(lineageId).min(1).max(1000),
    paths: z.array(snapshotPath.min(1)).min(1).max(1000),
    /** Protected snapshots too. */
    includeProtected: z.boolean().default(false),
    dryRun: z.boolean().default(false),
  }),
  /** Restores some files, compares them with a second read and removes them. */
  z.object({
    kind: z.literal('test-restore'),
    repositoryId,
    snapshotId,
    files: z.number().int().min(1).max(1000).default(25),
  }),
  /** Into another repository, which is the one named here. */
  z.object({ kind: z.literal('copy'), snapshotId, repositoryId }),
  z.object({ kind: z.literal('collect-garbage'), repositoryId }),
  /** Reads the snapshots of a repository into the catalog: after adopting one, or after losing the catalog. */
  z.object({ kind: z.literal('index'), repositoryId }),
  remoteJobSpec,
])
export type JobSpec = z.infer<typeof jobSpec>
export type JobKind = JobSpec['kind']
/** Every kind there is, as above. */
export const jobKinds: readonly JobKind[] = jobSpec.options.map(({ shape }) => shape.kind.value)

export const jobTrigger = z.enum(['manual', 'schedule', 'catch-up', 'retry', 'command-line', 'remote'])

/** How busy a stage of the pipeline is, 0…1, and the rate it could reach alone. */
export const stageLoad = z.object({
  name: z.enum(['read', 'chunk', 'hash', 'compress', 'encrypt', 'fetch', 'decode', 'write']),
  busy: z.number(),
  bytesPerSecond: count,
})

export const jobProgress = z.object({
  phase: z.enum(['preparing', 'scanning', 'reading', 'writing', 'checking', 'finishing', 'serving']),
  counts: fileCounts,
  /** Known after the pre-scan; absent while the size is unknown. */
  totalFiles: count.optional(),
  totalBytes: count.optional(),
  doneBytes: count,
  /** New bytes written to the repository, compressed. */
  storedBytes: count,
  newChunks: count,
  reusedChunks: count,
  bytesPerSecond: count,
  etaSeconds: count.optional(),
  current: z.array(z.string()).max(4),
  stages: z.array(stageLoad),
  /** While it serves: how to reach what it started. */
  serving: z.object({ socket: z.string() }).optional(),
})
export type JobProgress = z.infer<typeof jobProgress>

export const jobSummary = z.object({
  counts: fileCounts.optional(),
  doneBytes: count,
  storedBytes: count,
  newChunks: count.optional(),
  reusedChunks: count.optional(),
  snapshotId: snapshotId.optional(),
  receipt: restoreReceipt.optional(),
  verify: z
    .object({
      snapshots: count,
      chunks: count,
      corrupt: count,
      affected: z.array(z.object({ snapshot: z.string(), files: z.array(z.string()) })),
    })
    .optional(),
  prune: z
    .object({
      kept: count,
      removed: count,
      entries: z.array(z.object({ snapshot: z.string(), keep: z.boolean(), protected: z.boolean() })),
    })
    .optional(),
  garbage: z
    .object({ removedBytes: count, removedChunks: count, pendingBytes: count, diskBytes: count, diskChunks: count })
    .optional(),
  removal: z
    .object({
      /** Those that hold what was named, or held it; sizes are those of its files. */
      snapshots: z.array(
        z.object({
          snapshot: z.string(),
          outcome: z.enum(['changed', 'protected', 'in-use', 'failed']),
          entries: count,
          bytes: count,
        }),
      ),
      /** From then on a garbage collection gives back what only they needed. */
      freeAt: timestamp.optional(),
    })
    .optional(),
  indexedSnapshots: count.optional(),
  anomaly: anomaly.optional(),
  restoreTest: restoreTest.optional(),
  /** Of the whole run, where it was measured. */
  stages: z.array(stageLoad).optional(),
})
export type JobSummary = z.infer<typeof jobSummary>

/**
 * queued ─► waiting ─► running ─► success
 *    │         │          ├─────► error (also cancelled and interrupted, told apart by the code)
 *    └─────────┴──────────┘
 */
export const jobStatus = z.discriminatedUnion('state', [
  z.object({ state: z.literal('queued') }),
  /** Something else must end first, or a condition must hold; `reason` is a sentence. */
  z.object({ state: z.literal('waiting'), reason: z.string() }),
  z.object({
    state: z.literal('running'),
    startedAt: timestamp,
    progress: jobProgress,
    /** Stands still since then. */
    pausedAt: timestamp.optional(),
  }),
  z.object({ state: z.literal('success'), startedAt: timestamp, endedAt: timestamp, summary: jobSummary }),
  z.object({
    state: z.literal('error'),
    startedAt: timestamp.optional(),
    endedAt: timestamp,
    error: plainError,
    summary: jobSummary.optional(),
  }),
])
export type JobStatus = z.infer<typeof jobStatus>

export const job = z.object({
  id: jobId,
  title: z.string(),
  spec: jobSpec,
  trigger: jobTrigger,
  planId: planId.optional(),
  repositoryId: repositoryId.optional(),
  queuedAt: timestamp,
  /** Why it ran when it did, as a sentence; empty for the ordinary case. */
  reason: z.string(),
  warnings: count,
  status: jobStatus,
  /** The job this one tries again. */
  retryOf: jobId.optional(),
})
export type Job = z.infer<typeof job>

export const logLevel = z.enum(['debug', 'info', 'warn', 'error'])

/** A line of a job's log. Problems name the path and whether it was skipped on purpose or failed. */
export const jobLogLine = z.object({
  id: count,
  at: timestamp,
  level: logLevel,
  message: z.string(),
  path: z.string().optional(),
  outcome: z.enum(['skipped', 'failed']).optional(),
})
export type JobLogLine = z.infer<typeof jobLogLine>

/** Starts with the whole, goes on with changes (style D4). */
export const jobEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('snapshot'), jobs: z.array(job) }),
  z.object({ type: z.literal('changed'), job }),
  z.object({ type: z.literal('removed'), id: jobId }),
])
export type JobEvent = z.infer<typeof jobEvent>
