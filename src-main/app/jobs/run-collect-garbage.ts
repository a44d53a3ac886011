import { HoldfastError } from '../../../src-shared/errors.ts'
import type { JobOutcome } from './job-order.ts'
import { type JobTools, repositoryAccess } from './job-tools.ts'
import { serverLines } from './server-lines.ts'

/** Frees the space of chunks that no snapshot refers to. */
export async function runCollectGarbage(tools: JobTools): Promise<JobOutcome> {
  const { meter, log, signal } = tools
  const repository = await tools.openRepository(repositoryAccess(tools), signal)
  try {
    const { maintenance } = repository
    if (maintenance.collectGarbage === undefined) throw new HoldfastError('repository/unsupported')
    meter.enter('checking')
    const result = await maintenance.collectGarbage(
      {
        progress: (done, total) => {
          meter.totalFiles = total
          meter.counts.seen = done
        },
        said: serverLines(log),
      },
      signal,
    )
    log.line('info', `Removed ${result.removedChunks} blocks of ${result.removedBytes} bytes.`)
    if (result.pendingChunks > 0) {
      log.line('info', `${result.pendingChunks} blocks are too young to be removed; a later run takes them.`)
    }
    const { removedBytes, removedChunks, pendingBytes, diskBytes, diskChunks } = result
    return {
      summary: {
        doneBytes: 0,
        storedBytes: 0,
        garbage: { removedBytes, removedChunks, pendingBytes, diskBytes, diskChunks },
      },
      warnings: log.warnings,
      usage: await maintenance.usage?.(signal),
      changedSnapshots: false,
    }
  } finally {
    await repository.close()
  }
}
