import type { ReactNode } from 'react'
import { Link } from 'react-router'
import type { Job } from '../../../src-shared/model/job.ts'
import { translateSaid } from '../../i18n/said.ts'
import { formatTime } from '../../ui/format.ts'
import { JobRing, Live } from '../../ui/job-progress.tsx'
import { jobLine, jobStatusKind, progressWord, runningLine } from '../../ui/job-words.ts'
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
  const isRunning = status.state === 'running'
  const time =
    status.state === 'success' || status.state === 'error' ? formatTime(status.startedAt ?? job.queuedAt) : ''
  return (
    <Link to={`/activity/${job.id}`} className="hf-item hf-job" aria-current={isChosen ? 'true' : undefined}>
      <span className="hf-job-icon">
        {icon ?? (isRunning ? <JobRing job={job} /> : <StatusIcon kind={jobStatusKind(job)} />)}
      </span>
      <span className={`hf-job-title hf-ell ${isChosen ? 'hf-strong' : 'hf-med'}`}>{translateSaid(job.title)}</span>
      <span className="hf-job-time">{isRunning ? <Live job={job}>{progressWord}</Live> : time}</span>
      <span className="hf-job-line hf-ell">
        {isRunning && status.pausedAt === undefined ? (
          <Live job={job} pace="calm">
            {runningLine}
          </Live>
        ) : (
          jobLine(job)
        )}
      </span>
    </Link>
  )
}
