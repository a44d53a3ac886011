import { Button } from '@mantine/core'
import type { Job } from '../../../../src-shared/model/job.ts'
import { translateSaid } from '../../../i18n/said.ts'
import { t } from '../../../i18n/translate.ts'
import { jobLine, jobStatusKind } from '../../../ui/job-words.ts'
import { StatusIcon } from '../../../ui/Status.tsx'
import { When } from '../../../ui/When.tsx'

interface RemoteJobsProps {
  readonly jobs: readonly Job[]
  readonly watched: string | undefined
  readonly onWatch: (queueId: string) => void
}

/** The newest jobs of a server's queue: each can be watched, also one that has ended. */
export function RemoteJobs({ jobs, watched, onWatch }: RemoteJobsProps) {
  return (
    <section aria-labelledby="remote-jobs">
      <h2 id="remote-jobs" className="hf-h4" style={{ marginBottom: 8 }}>
        {t('fleet.jobs')}
      </h2>
      {jobs.length === 0 ? (
        <p className="hf-2">{t('fleet.noJobs')}</p>
      ) : (
        <table className="hf-server-table">
          <thead>
            <tr>
              <th scope="col">{t('fleet.job')}</th>
              <th scope="col">{t('runners.runner')}</th>
              <th scope="col">{t('fleet.queued')}</th>
              <th scope="col">{t('fleet.state')}</th>
              <th scope="col" aria-label={t('fleet.watch')} />
            </tr>
          </thead>
          <tbody>
            {jobs.map((job) => (
              <Row key={job.id} job={job} watched={watched} onWatch={onWatch} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  )
}

function Row({ job, watched, onWatch }: Omit<RemoteJobsProps, 'jobs'> & { readonly job: Job }) {
  const { spec } = job
  if (spec.kind !== 'remote') return null
  return (
    <tr aria-current={spec.queueId === watched || undefined}>
      <td>{translateSaid(job.title)}</td>
      <td className="hf-mono">{spec.runner ?? spec.wantedRunner ?? ''}</td>
      <td>
        <When at={job.queuedAt} />
      </td>
      <td>
        <span className="hf-row" style={{ gap: 8 }}>
          <StatusIcon kind={jobStatusKind(job)} />
          <span className="hf-2">{jobLine(job)}</span>
        </span>
      </td>
      <td style={{ textAlign: 'right' }}>
        <Button size="compact-sm" onClick={() => onWatch(spec.queueId)}>
          {t('fleet.watch')}
        </Button>
      </td>
    </tr>
  )
}
