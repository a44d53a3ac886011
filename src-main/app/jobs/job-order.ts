import type { JobId, RepositoryId } from '../../../src-shared/model/ids.ts'
import type { JobProgress, JobSpec, JobSummary } from '../../../src-shared/model/job.ts'
import type { RepositoryUsage } from '../../../src-shared/model/repository.ts'
import type { NewLogLine } from '../../catalog/main/job-log.ts'
import type { CanaryFile } from '../trust/canaries.ts'

/**
 * Everything a job needs to run away from the catalog: plain data, since it crosses into a thread. Keys are in it, so it
 * is never stored and never logged.
 */
export interface JobOrder {
  readonly jobId: JobId
  readonly spec: JobSpec
  readonly dataDirectory: string
  /** Absent for what works on the disk alone. */
  readonly repository: RepositoryAccess | undefined
  /** Where a copy comes from. */
  readonly sourceRepository?: RepositoryAccess | undefined
  /** Passwords of its source, by field. */
  readonly sourceSecrets: Readonly<Record<string, string>>
  readonly workerThreads: number | undefined
  readonly readLimitBytesPerSecond: number | undefined
  readonly planId: string | undefined
  /** The plan as a file, which goes into the snapshot: who adopts the repository can go on with it. */
  readonly planFile?: string | undefined
  /** Files that must be as they were planted. */
  readonly canaries?: readonly CanaryFile[] | undefined
  /** Somebody has to look at an earlier backup of the plan first: nothing is removed until then. */
  readonly holdsPruning: boolean
  readonly timeZone: string
}

/** How to open a repository: its address and the key files that belong to it, as text. */
export interface RepositoryAccess {
  readonly id: RepositoryId
  readonly address: string
  /** The key to write with. */
  readonly key: KeyAccess | undefined
  /** The public master key that the first is stored under in each snapshot, as PEM. */
  readonly masterKey: string | undefined
  /** Keys older snapshots may have been written with. */
  readonly otherKeys: readonly KeyAccess[]
  /** Password or token of a server. */
  readonly secret: string | undefined
  /** The certificate a person trusted. */
  readonly fingerprint: string | undefined
}

export interface KeyAccess {
  readonly fingerprint: string
  readonly keyFile: string
  readonly passphrase: string | undefined
}

/** Hears of a job while it runs. Called often; must return at once. */
export interface JobListener {
  progress(progress: JobProgress, warnings: number): void
  log(lines: readonly NewLogLine[]): void
  /** Told once, when the job can be made to stand still and to go on. Where it is not called, the job cannot. */
  holdable?(hold: HoldSwitch): void
}

/** Both are harmless when it is so already. */
export interface HoldSwitch {
  hold(): void
  goOn(): void
}

export interface JobOutcome {
  readonly summary: JobSummary
  readonly warnings: number
  /** What was learned of the repository on the way. */
  readonly usage: RepositoryUsage | undefined
  /** Snapshots came or went. */
  readonly changedSnapshots: boolean
}

/** Runs one job to its end. Throws what it failed with; an abort passes through. */
export type RunJob = (order: JobOrder, listener: JobListener, signal: AbortSignal) => Promise<JobOutcome>
