import { Trans } from 'react-i18next'
import type { Job, JobStatus } from '../../../src-shared/model/job.ts'
import { translateSaid } from '../../i18n/said.ts'
import { t } from '../../i18n/translate.ts'
import { formatBytes, formatBytesOf, formatCounted, formatEta, formatRate } from '../../ui/format.ts'
import { progressShare, progressWord } from '../../ui/job-words.ts'
import { Meter } from '../../ui/Meter.tsx'
import { Stages } from '../../ui/Stages.tsx'
import { useNow } from '../../ui/use-now.ts'
import { FileCounts } from './FileCounts.tsx'
import { Serving } from './Serving.tsx'
import { Throughput } from './Throughput.tsx'

interface RunningJobProps {
  readonly job: Job
  readonly status: Extract<JobStatus, { state: 'running' }>
}

/** Honest progress: while the size is unknown a growing number and no bar; then percent, speed and what is left. */
export function RunningJob({ job, status }: RunningJobProps) {
  const { progress } = status
  if (progress.serving !== undefined) return <Serving job={job} socket={progress.serving.socket} />
  return (
    <>
      <Head job={job} status={status} />
      <Throughput job={job} />
      {progress.stages.length > 0 && (
        <section aria-labelledby="job-stages">
          <div className="hf-section-head hf-between">
            <h2 id="job-stages" className="hf-sm hf-med">
              {t('jobs.stages')}
            </h2>
            <span className="hf-sm hf-3">{t('jobs.stagesHelp')}</span>
          </div>
          <Stages stages={progress.stages} />
        </section>
      )}
      <FileCounts job={job} counts={progress.counts} total={progress.totalFiles} isRunning />
      {progress.current.length > 0 && (
        <section aria-labelledby="job-reading">
          <h2 id="job-reading" className="hf-sm hf-med" style={{ marginBottom: 4 }}>
            {t('jobs.readingNow')}
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

const b = <b className="hf-med" />
const dim = <span className="hf-2" />

function Head({ job, status: { progress, startedAt, pausedAt } }: RunningJobProps) {
  const now = useNow()
  const share = progressShare(progress)
  const time = formatEta(((pausedAt ?? now) - startedAt) / 1000)
  if (share === undefined) {
    const files = formatCounted(progress.counts.seen, 'file')
    const values = { files, bytes: formatBytes(progress.doneBytes), time }
    return (
      <div className="hf-row hf-num" style={{ gap: 16, minHeight: 32 }} aria-live="off">
        <span className="hf-big">{pausedAt === undefined ? t('jobs.counting') : t('ui.standsStill')}</span>
        <span className="hf-2">
          <Trans i18nKey="jobs.countedSoFar" values={values} components={{ b }} />
        </span>
      </div>
    )
  }
  const bytes =
    progress.totalBytes === undefined
      ? formatBytes(progress.doneBytes)
      : formatBytesOf(progress.doneBytes, progress.totalBytes)
  return (
    <div>
      <div className="hf-row hf-num" style={{ gap: 16, minHeight: 32, flexWrap: 'wrap', rowGap: 0 }}>
        <span className="hf-big">{progressWord(progress)}</span>
        {(progress.doneBytes > 0 || progress.totalBytes !== undefined) && (
          <span>
            <Trans
              i18nKey="jobs.readAt"
              values={{ bytes, rate: formatRate(progress.bytesPerSecond) }}
              components={{ dim }}
            />
          </span>
        )}
        <span className="hf-2">
          {pausedAt !== undefined ? (
            t('ui.standsStill')
          ) : progress.etaSeconds === undefined ? (
            <Trans i18nKey="jobs.timeSoFar" values={{ time }} components={{ b }} />
          ) : (
            <Trans
              i18nKey="jobs.leftSoFar"
              values={{ left: formatEta(progress.etaSeconds), time }}
              components={{ b }}
            />
          )}
        </span>
      </div>
      <div style={{ marginTop: 8 }}>
        <Meter value={share} size={8} label={translateSaid(job.title)} />
      </div>
    </div>
  )
}
