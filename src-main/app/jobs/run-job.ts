import { assertNever } from '../../../src-shared/assert-never.ts'
import type { FileSystemCalls } from '../../os/file-system-calls.ts'
import { openFileSystemCalls } from '../../os/open-file-system-calls.ts'
import { JobLog } from './job-log.ts'
import type { JobListener, JobOrder, JobOutcome } from './job-order.ts'
import type { JobTools } from './job-tools.ts'
import { openJobRepository } from './open-job-repository.ts'
import { ProgressMeter } from './progress-meter.ts'
import { runBackup } from './run-backup.ts'
import { runCollectGarbage } from './run-collect-garbage.ts'
import { runCopy } from './run-copy.ts'
import { runIndex } from './run-index.ts'
import { runForget, runPrune } from './run-prune.ts'
import { runRemoveFromHistory } from './run-remove-from-history.ts'
import { runRestore, runUndo } from './run-restore.ts'
import { runRestoreDatabase } from './run-restore-database.ts'
import { runRestoreJobServer } from './run-restore-job-server.ts'
import { runReturnBucket } from './run-return-bucket.ts'
import { runTestRestore } from './run-test-restore.ts'
import { runVerify } from './run-verify.ts'
import { openSnapshotIndex } from './snapshot-index.ts'

/** What is worked on and what is known of the whole; whoever shares the figures need not wait for it. */
const reportEveryMs = 250

/** Runs one job in this thread, whichever that is. Reports while it runs, and once at the end however it ends. */
export function runJob(order: JobOrder, listener: JobListener, signal: AbortSignal): Promise<JobOutcome> {
  return runMeteredJob({ order, meter: new ProgressMeter() }, listener, signal)
}

/** The same, where somebody else reads what it counts. */
export async function runMeteredJob(
  { order, meter }: Pick<JobTools, 'order' | 'meter'>,
  listener: JobListener,
  signal: AbortSignal,
): Promise<JobOutcome> {
  const log = new JobLog()
  const report = (): void => {
    listener.progress(meter.read(), log.warnings)
    const lines = log.take()
    if (lines.length > 0) listener.log(lines)
  }
  const index = openSnapshotIndex(order.dataDirectory)
  const timer = setInterval(report, reportEveryMs)
  try {
    const calls: FileSystemCalls = openFileSystemCalls()
    const { workerThreads, dataDirectory } = order
    return await runByKind({
      order,
      meter,
      log,
      calls,
      index,
      openRepository: (access, abort) => openJobRepository(access, { workerThreads, dataDirectory }, abort),
      signal,
    })
  } finally {
    clearInterval(timer)
    report()
    index.close()
  }
}

function runByKind(tools: JobTools): Promise<JobOutcome> {
  const { spec } = tools.order
  switch (spec.kind) {
    case 'backup':
      return runBackup(tools, spec)
    case 'restore':
      return runRestore(tools, spec)
    case 'restore-database':
      return runRestoreDatabase(tools, spec)
    case 'restore-job-server':
      return runRestoreJobServer(tools, spec)
    case 'return-bucket':
      return runReturnBucket(tools, spec)
    case 'undo-restore':
      return runUndo(tools, spec)
    case 'verify':
      return runVerify(tools, spec)
    case 'prune':
      return runPrune(tools, spec)
    case 'forget':
      return runForget(tools, spec)
    case 'remove-from-history':
      return runRemoveFromHistory(tools, spec)
    case 'test-restore':
      return runTestRestore(tools, spec)
    case 'copy':
      return runCopy(tools, spec)
    case 'collect-garbage':
      return runCollectGarbage(tools)
    case 'index':
      return runIndex(tools)
    case 'remote':
      throw new Error('a remote job is run elsewhere') // the queue never starts one
    default:
      return assertNever(spec)
  }
}
