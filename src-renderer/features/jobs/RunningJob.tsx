import type { Job, JobStatus } from '../../../src-shared/model/job.ts'
import { formatBytes, formatBytesOf, formatCount, formatEta, formatRate } from '../../ui/format.ts'
import { progressShare, progressWord } from '../../ui/job-words.ts'
import { Meter } from '../../ui/Meter.tsx'
import { Stages } from '../../ui/Stages.tsx'
import { useNow } from '../../ui/use-now.ts'
import { FileCounts } from './FileCounts.tsx'
import { Throughput } from './Throughput.tsx'

interface RunningJobProps {
  readonly job: Job
  readonly status: Extract<JobStatus, { state: 'running' }>
}

/** Honest progress: while the size is unknown a growing number and no bar; then percent, speed and what is left. */
export function RunningJob({ job, status }: RunningJobProps) {
  const { progress } = status
  return (
    <>
      <Head job={job} status={status} />
      <Throughput job={job} />
      {progress.stages.length > 0 && (
        <section aria-labelledby="job-stages">
          <div className="hf-section-head hf-between">
            <h2 id="job-stages" className="hf-sm hf-med">
              Stages
            </h2>
            <span className="hf-sm hf-3">time busy, and the speed each could reach</span>
          </div>
          <Stages stages={progress.stages} />
        </section>
      )}
      <FileCounts job={job} counts={progress.counts} total={progress.totalFiles} isRunning />
      {progress.current.length > 0 && (
        <section aria-labelledby="job-reading">
          <h2 id="job-reading" className="hf-sm hf-med" style={{ marginBottom: 4 }}>
            Reading now
          </h2>
          <ul className="hf-reading">
            {progress.current.slice(0, 3).map((name) => (
              <li key={name} className="hf-mono hf-ell" title={name}>
                {name}
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  )
}

function Head({ job, status: { progress, startedAt } }: RunningJobProps) {
  const now = useNow()
  const share = progressShare(progress)
  const soFar = <b className="hf-med">{formatEta((now - startedAt) / 1000)}</b>
  if (share === undefined) {
    return (
      <div className="hf-row hf-num" style={{ gap: 16, minHeight: 32 }} aria-live="off">
        <span className="hf-big">Counting…</span>
        <span className="hf-2">
          <b className="hf-med">{formatCount(progress.counts.seen)}</b> files so far,{' '}
          <b className="hf-med">{formatBytes(progress.doneBytes)}</b>, {soFar}
        </span>
      </div>
    )
  }
  return (
    <div>
      <div className="hf-row hf-num" style={{ gap: 16, minHeight: 32, flexWrap: 'wrap', rowGap: 0 }}>
        <span className="hf-big">{progressWord(progress)}</span>
        <span>
          <span className="hf-2">Read</span>{' '}
          {progress.totalBytes === undefined
            ? formatBytes(progress.doneBytes)
            : formatBytesOf(progress.doneBytes, progress.totalBytes)}
        </span>
        <span>
          <span className="hf-2">at</span> {formatRate(progress.bytesPerSecond)}
        </span>
        <span className="hf-2">
          {progress.etaSeconds !== undefined && (
            <>
              About <b className="hf-med">{formatEta(progress.etaSeconds)}</b> left,{' '}
            </>
          )}
          {soFar} so far
        </span>
      </div>
      <div style={{ marginTop: 8 }}>
        <Meter value={share} size={8} label={job.title} />
      </div>
    </div>
  )
}
