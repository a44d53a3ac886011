import { Button } from '@mantine/core'
import { IconArrowRight, IconFileAlert, IconRefresh, IconShieldCheck } from '@tabler/icons-react'
import { Link, useNavigate } from 'react-router'
import type { Job, JobStatus } from '../../../src-shared/model/job.ts'
import { errorMessage } from '../../i18n/said.ts'
import { t } from '../../i18n/translate.ts'
import { useClient, useSharedValue } from '../../state/use-app.tsx'
import { useCommand } from '../../state/use-command.ts'
import { CopyIcon } from '../../ui/CopyCommand.tsx'
import { FileCounts } from './FileCounts.tsx'
import { failureWords } from './failure-words.ts'

interface FailedJobProps {
  readonly job: Job
  readonly status: Extract<JobStatus, { state: 'error' }>
}

/** What happened, what is safe, what to do, in that order; the raw error below. */
export function FailedJob({ job, status }: FailedJobProps) {
  const client = useClient()
  const navigate = useNavigate()
  const state = useSharedValue('repositories')?.find((each) => each.repository.id === job.repositoryId)
  const words = failureWords(job, state && { name: state.repository.name, snapshots: state.snapshots })
  const retry = useCommand(async () => {
    const next = await client.jobs.retry({ id: job.id })
    await navigate(`/activity/${next.id}`)
  })
  const isFull = status.error.code === 'disk/full' && state !== undefined
  return (
    <>
      <div className="hf-card hf-three">
        <IconFileAlert size={20} stroke={1.6} className="hf-2" aria-hidden />
        <div>
          <h2 className="hf-h4">{t('jobs.whatHappened')}</h2>
          <p className="hf-2">{words.happened}</p>
        </div>
        <IconShieldCheck size={20} stroke={1.6} className="hf-ok" aria-hidden />
        <div>
          <h2 className="hf-h4">{t('jobs.whatIsSafe')}</h2>
          <p className="hf-2">{words.safe}</p>
        </div>
        <IconArrowRight size={20} stroke={1.6} className="hf-accent" aria-hidden />
        <div>
          <h2 className="hf-h4">{t('jobs.whatToDo')}</h2>
          <p className="hf-2">{words.next}</p>
          <div className="hf-row" style={{ marginTop: 12 }}>
            {isFull && (
              <Button component={Link} to={`/repositories/${state.repository.id}#prune`} variant="filled">
                {t('common.simulatePrune')}
              </Button>
            )}
            {job.spec.kind !== 'remote' && (
              <Button
                variant={isFull ? 'default' : 'filled'}
                leftSection={<IconRefresh size={16} stroke={1.75} aria-hidden />}
                loading={retry.busy}
                onClick={() => retry.run()}
              >
                {t('jobs.tryAgainNow')}
              </Button>
            )}
            {job.planId !== undefined && (
              <Button component={Link} to={`/plans/${job.planId}/edit`} variant="subtle" color="gray">
                {t('jobs.changePlan')}
              </Button>
            )}
          </div>
        </div>
      </div>
      {status.summary?.counts !== undefined && <FileCounts job={job} counts={status.summary.counts} />}
      <Details job={job} status={status} />
    </>
  )
}

function Details({ job, status }: FailedJobProps) {
  const rows: readonly (readonly [string, string])[] = [
    [t('jobs.code'), status.error.code],
    [t('jobs.error'), errorMessage(status.error)],
    [t('jobs.job'), job.id],
  ]
  return (
    <section aria-labelledby="job-details">
      <div className="hf-row" style={{ height: 28 }}>
        <h2 id="job-details" className="hf-h4 hf-grow">
          {t('jobs.details')}
        </h2>
        <CopyIcon value={rows.map(([name, value]) => `${name}: ${value}`).join('\n')} label={t('jobs.copyDetails')} />
      </div>
      <dl className="hf-sunken hf-job-raw">
        {rows.map(([name, value]) => [<dt key={`${name}-t`}>{name}</dt>, <dd key={`${name}-d`}>{value}</dd>])}
      </dl>
    </section>
  )
}
