import type { Anomaly } from '../../../src-shared/model/anomaly.ts'
import type { SnapshotId } from '../../../src-shared/model/ids.ts'
import type { Repository } from '../../repositories/repository.ts'
import type { JobTools } from '../jobs/job-tools.ts'
import type { CanaryFile } from '../trust/canaries.ts'
import { checkCanaries } from '../trust/check-canaries.ts'
import { judgeChange } from './judge-change.ts'

/** So many earlier runs say what is usual. */
const usualRuns = 10

/**
 * Judges the snapshot that was just made against those before it. On any sign the last one before it is protected, which the
 * returned anomaly names.
 */
export async function watchChange(
  { index, meter, log }: JobTools,
  {
    repository,
    id,
    isCompressed,
    canaries = [],
  }: {
    readonly repository: Repository
    readonly id: SnapshotId
    readonly isCompressed: boolean
    readonly canaries?: readonly CanaryFile[] | undefined
  },
): Promise<Anomaly | undefined> {
  const [made, last, ...earlier] = index.history(id, usualRuns + 2)
  const touched = await checkCanaries(canaries)
  const sentences = [...touched, ...judge()]
  if (sentences.length === 0) return undefined
  for (const sentence of sentences) log.line('warn', sentence)
  if (last === undefined || repository.maintenance.protect === undefined) return { sentences }
  await repository.maintenance.protect(last.ref, true)
  index.protect(last.id)
  log.line('warn', 'The last snapshot before this one is protected now, and none is removed until somebody has looked.')
  return { sentences, pinned: last.id }

  function judge(): string[] {
    if (made?.changes === undefined || last?.files === undefined) return []
    const { added, changed, removed } = made.changes
    const usualShares = [last, ...earlier].flatMap(({ changes, files }) =>
      changes === undefined || files === undefined || files === 0 ? [] : [(changes.changed + changes.removed) / files],
    )
    return judgeChange({
      filesBefore: last.files,
      added,
      changed,
      removed,
      usualShares,
      newBytes: meter.newBytes,
      storedBytes: meter.storedBytes,
      isCompressed,
      ending: index.commonEnding(id, last.id),
    })
  }
}
