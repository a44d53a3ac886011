import type { BackupGroup } from '../../repositories/repository.ts'
import { filesTreeOptions } from '../../sources/files/files-source.ts'
import { scanTree } from '../../sources/files/scan.ts'
import { isAbort } from '../contract-errors.ts'
import { type JobTools, repositoryAccess } from './job-tools.ts'
import type { BackupSpec } from './run-backup.ts'

const nobody = { problem: () => {} }

/**
 * Finds out beside the backup how much there is to do. A group that was backed up before will be about as large as it was; the
 * first time the folders are counted, which the walk of the backup overtakes when they are small.
 */
export function estimateSource(tools: JobTools, spec: BackupSpec, group: BackupGroup): { stop(): void } {
  const { meter, index } = tools
  const known = index.newest(repositoryAccess(tools).id, group)
  if (known !== undefined) {
    meter.totalFiles = known.entries
    meter.totalBytes = known.bytes
    return { stop: () => {} }
  }
  meter.enter('scanning')
  const controller = new AbortController()
  const signal = AbortSignal.any([controller.signal, tools.signal])
  // An estimate that fails leaves the totals unknown, as they were.
  void count(tools, spec, signal).catch((error: unknown) => {
    if (!isAbort(error)) tools.log.line('debug', `Could not count beforehand: ${error}`)
  })
  return { stop: () => controller.abort() }
}

async function count(tools: JobTools, spec: BackupSpec, signal: AbortSignal): Promise<void> {
  // Whatever else there is tells its size when it is opened, or not at all.
  if (spec.source.kind !== 'folders') return
  const options = filesTreeOptions(spec.source, tools.calls)
  let entries = 0
  let bytes = 0
  for (const path of spec.source.paths) {
    for await (const progress of scanTree(path, options, nobody, signal)) {
      if (!progress.isComplete) continue
      entries += progress.counts.seen
      bytes += Number(progress.sizeBytes)
    }
  }
  tools.meter.totalFiles = entries
  tools.meter.totalBytes = bytes
}
