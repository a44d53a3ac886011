import { Anchor } from '@mantine/core'
import { modals } from '@mantine/modals'
import type { Job } from '../../../src-shared/model/job.ts'
import type { FileCounts as Counts } from '../../../src-shared/model/snapshot.ts'
import { CountedSum } from '../../ui/CountedSum.tsx'
import { formatCount } from '../../ui/format.ts'
import { ProblemList } from './ProblemList.tsx'

export interface FileCountsProps {
  readonly job: Job
  readonly counts: Counts
  readonly total?: number | undefined
  readonly isRunning?: boolean
}

/** seen = stored + unchanged + skipped + failed; what was left out can be listed with its reason. */
export function FileCounts({ job, counts, total, isRunning = false }: FileCountsProps) {
  const list = (outcome: 'skipped' | 'failed', count: number) =>
    count === 0 ? undefined : (
      <Anchor component="button" size="xs" onClick={() => showProblems(job, outcome, count)}>
        Show with reasons
      </Anchor>
    )
  return (
    <CountedSum
      total={{
        label: isRunning ? 'Seen so far' : 'Seen',
        count: counts.seen,
        note: total === undefined ? 'files and folders' : `of ${formatCount(total)}`,
      }}
      parts={[
        { label: 'Stored', count: counts.stored, note: 'new or changed' },
        { label: 'Unchanged', count: counts.unchanged, note: 'not read again' },
        { label: 'Skipped', count: counts.skipped, note: list('skipped', counts.skipped) },
        { label: 'Failed', count: counts.failed, note: list('failed', counts.failed), isBad: true },
      ]}
    />
  )
}

function showProblems(job: Job, outcome: 'skipped' | 'failed', count: number): void {
  modals.open({
    title: (
      <span className="hf-h4">
        {formatCount(count)} {outcome} in {job.title}
      </span>
    ),
    size: 720,
    children: <ProblemList jobId={job.id} outcome={outcome} />,
  })
}
