import type { ReactNode } from 'react'
import { Link } from 'react-router'
import type { Job } from '../../../src-shared/model/job.ts'
import { translateSaid } from '../../i18n/said.ts'
import { t } from '../../i18n/translate.ts'
import { formatTime } from '../../ui/format.ts'
import { jobLine, jobStatusKind, progressShare, progressWord } from '../../ui/job-words.ts'
import { ProgressRing } from '../../ui/ProgressRing.tsx'
import { StatusIcon } from '../../ui/Status.tsx'

export interface JobRowProps {
  readonly job: Job
  readonly isChosen: boolean
  /** Instead of the icon of its state. */
  readonly icon?: ReactNode
}

/** One job in the list: state, title, when, and one line on how it went. */
export function JobRow({ job, isChosen, icon }: JobRowProps) {
  const { status } = job
  const time =
    status.state === 'running'
      ? progressWord(status.progress)
      : status.state === 'success' || status.state === 'error'
        ? formatTime(status.startedAt ?? job.queuedAt)
        : ''
  return (
    <Link to={`/activity/${job.id}`} className="hf-item hf-job" aria-current={isChosen ? 'true' : undefined}>
      <span className="hf-job-icon">
        {icon ??
          (status.state === 'running' ? (
            <ProgressRing share={progressShare(status.progress)} label={t('common.running')} />
          ) : (
            <StatusIcon kind={jobStatusKind(job)} />
          ))}
      </span>
      <span className={`hf-job-title hf-ell ${isChosen ? 'hf-strong' : 'hf-med'}`}>{translateSaid(job.title)}</span>
      <span className="hf-job-time">{time}</span>
      <span className="hf-job-line hf-ell">{jobLine(job)}</span>
    </Link>
  )
}
