import type { Job, JobProgress } from '../../src-shared/model/job.ts'
import { t } from '../i18n/translate.ts'
import { type Pace, useProgress } from '../state/use-progress.ts'
import { progressShare } from './job-words.ts'
import { Meter, type MeterProps } from './Meter.tsx'
import { ProgressRing } from './ProgressRing.tsx'

interface LiveProps {
  readonly job: Job
  readonly children: (progress: JobProgress) => string
  readonly pace?: Pace
}

/** Words that move while a job runs, drawn alone: what stands around them stays as it is. */
export function Live({ job, children, pace }: LiveProps) {
  return useProgress(job, children, pace)
}

/** How far a job that runs is, as a ring; moves with each percent. */
export function JobRing({ job }: { readonly job: Job }) {
  const share = useProgress(job, (progress) => rounded(progressShare(progress), 100))
  return <ProgressRing share={share} label={t('common.running')} />
}

/** The same as a bar; moves with each tenth of a percent. Nothing while the size is unknown. */
export function JobMeter({ job, ...meter }: { readonly job: Job } & Omit<MeterProps, 'value'>) {
  const share = useProgress(job, (progress) => rounded(progressShare(progress), 1000))
  return share === undefined ? null : <Meter {...meter} value={share} />
}

function rounded(share: number | undefined, steps: number): number | undefined {
  return share === undefined ? undefined : Math.floor(share * steps) / steps
}
