import { Trans } from 'react-i18next'
import type { Job, JobStatus } from '../../../src-shared/model/job.ts'
import { translateSaid } from '../../i18n/said.ts'
import { t } from '../../i18n/translate.ts'
import { useProgress } from '../../state/use-progress.ts'
import { formatBytes, formatBytesOf, formatCounted, formatEta, formatRate } from '../../ui/format.ts'
import { JobMeter, Live } from '../../ui/job-progress.tsx'
import { progressShare, progressWord } from '../../ui/job-words.ts'
import { Stages } from '../../ui/Stages.tsx'
import { useNow } from '../../ui/use-now.ts'
import { FileCounts } from './FileCounts.tsx'
import { Serving } from './Serving.tsx'
import { Throughput } from './Throughput.tsx'

interface RunningJobProps {
  readonly job: Job
  readonly status: Extract<JobStatus, { state: 'running' }>
}

/**
 * Honest progress: while the size is unknown a growing number and no bar; then percent, speed and what is left. Each part
 * follows the progress by itself, so that the numbers that move draw nothing but themselves.
 */
export function RunningJob({ job, status }: RunningJobProps) {
  const socket = useProgress(job, ({ serving }) => serving?.socket)
  if (socket !== undefined) return <Serving job={job} socket={socket} />
  return (
    <>
      <Head job={job} status={status} />
      <Throughput job={job} />
      <RunningStages job={job} />
      <RunningCounts job={job} />
      <ReadingNow job={job} />
    </>
  )
}

function RunningStages({ job }: { readonly job: Job }) {
  const stages = useProgress(job, (progress) => progress.stages, 'calm') ?? []
  if (stages.length === 0) return null
  return (
    <section aria-labelledby="job-stages">
      <div className="hf-section-head hf-between">
        <h2 id="job-stages" className="hf-sm hf-med">
          {t('jobs.stages')}
        </h2>
        <span className="hf-sm hf-3">{t('jobs.stagesHelp')}</span>
      </div>
      <Stages stages={stages} />
    </section>
  )
}

function RunningCounts({ job }: { readonly job: Job }) {
  const files = useProgress(job, ({ counts, totalFiles }) => ({ counts, totalFiles }))
  return files === undefined ? null : <FileCounts job={job} counts={files.counts} total={files.totalFiles} isRunning />
}

function ReadingNow({ job }: { readonly job: Job }) {
  const names = useProgress(job, ({ current }) => current.slice(0, 3)) ?? []
  if (names.length === 0) return null
  return (
    <section aria-labelledby="job-reading">
      <h2 id="job-reading" className="hf-sm hf-med" style={{ marginBottom: 4 }}>
        {t('jobs.readingNow')}
      </h2>
      <ul className="hf-reading">
        {names.map((name) => (
          <li key={name} className="hf-mono hf-ell" title={name}>
            {name}
          </li>
        ))}
      </ul>
    </section>
  )
}

const b = <b className="hf-med" />
const dim = <span className="hf-2" />

function Head({ job, status }: RunningJobProps) {
  const isCounting = useProgress(job, (progress) => progressShare(progress) === undefined)
  if (isCounting === true) {
    return (
      <div className="hf-job-head hf-row hf-num" aria-live="off">
        <span className="hf-big">{status.pausedAt === undefined ? t('jobs.counting') : t('ui.standsStill')}</span>
        <span className="hf-2">
          <CountedSoFar job={job} status={status} />
        </span>
      </div>
    )
  }
  return (
    <div>
      <div className="hf-job-head hf-row hf-num">
        <span className="hf-big">
          <Live job={job}>{progressWord}</Live>
        </span>
        <ReadAt job={job} />
        <span className="hf-2">
          {status.pausedAt === undefined ? <TimeLeft job={job} status={status} /> : t('ui.standsStill')}
        </span>
      </div>
      <div style={{ marginTop: 8 }}>
        <JobMeter job={job} size={8} label={translateSaid(job.title)} />
      </div>
    </div>
  )
}

function CountedSoFar({ job, status }: RunningJobProps) {
  const time = useTimeSoFar(status)
  const counted = useProgress(job, ({ counts, doneBytes }) => ({
    files: formatCounted(counts.seen, 'file'),
    bytes: formatBytes(doneBytes),
  }))
  return counted && <Trans i18nKey="jobs.countedSoFar" values={{ ...counted, time }} components={{ b }} />
}

/** The words stand still; what moves in them is drawn alone. */
function ReadAt({ job }: { readonly job: Job }) {
  const hasRead = useProgress(job, ({ doneBytes, totalBytes }) => doneBytes > 0 || totalBytes !== undefined) ?? false
  if (!hasRead) return null
  return (
    <span>
      <Trans i18nKey="jobs.readAt" components={{ dim, bytes: <ReadBytes job={job} />, rate: <ReadRate job={job} /> }} />
    </span>
  )
}

function ReadBytes({ job }: { readonly job: Job }) {
  return useProgress(job, ({ doneBytes, totalBytes }) =>
    totalBytes === undefined ? formatBytes(doneBytes) : formatBytesOf(doneBytes, totalBytes),
  )
}

function ReadRate({ job }: { readonly job: Job }) {
  return useProgress(job, ({ bytesPerSecond }) => formatRate(bytesPerSecond), 'calm')
}

function TimeLeft({ job, status }: RunningJobProps) {
  const time = useTimeSoFar(status)
  const left = useProgress(job, ({ etaSeconds }) => (etaSeconds === undefined ? undefined : formatEta(etaSeconds)))
  return left === undefined ? (
    <Trans i18nKey="jobs.timeSoFar" values={{ time }} components={{ b }} />
  ) : (
    <Trans i18nKey="jobs.leftSoFar" values={{ left, time }} components={{ b }} />
  )
}

function useTimeSoFar({ startedAt, pausedAt }: RunningJobProps['status']): string {
  const now = useNow()
  return formatEta(((pausedAt ?? now) - startedAt) / 1000)
}
