import { Anchor } from '@mantine/core'
import { modals } from '@mantine/modals'
import type { Job } from '../../../src-shared/model/job.ts'
import type { FileCounts as Counts } from '../../../src-shared/model/snapshot.ts'
import { translateSaid } from '../../i18n/said.ts'
import { t } from '../../i18n/translate.ts'
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
        {t('jobs.showReasons')}
      </Anchor>
    )
  return (
    <CountedSum
      total={{
        label: isRunning ? t('jobs.seenSoFar') : t('jobs.seen'),
        count: counts.seen,
        note: total === undefined ? t('jobs.filesAndFolders') : t('jobs.ofTotal', { total: formatCount(total) }),
      }}
      parts={[
        { label: t('jobs.stored'), count: counts.stored, note: t('jobs.newOrChanged') },
        { label: t('jobs.unchanged'), count: counts.unchanged, note: t('jobs.notReadAgain') },
        { label: t('jobs.skipped'), count: counts.skipped, note: list('skipped', counts.skipped) },
        { label: t('jobs.failed'), count: counts.failed, note: list('failed', counts.failed), isBad: true },
      ]}
    />
  )
}

function showProblems(job: Job, outcome: 'skipped' | 'failed', count: number): void {
  modals.open({
    title: (
      <span className="hf-h4">
        {t(`jobs.${outcome}In`, { n: formatCount(count), title: translateSaid(job.title) })}
      </span>
    ),
    size: 720,
    children: <ProblemList jobId={job.id} outcome={outcome} />,
  })
}
