import { Button, Menu } from '@mantine/core'
import {
  IconFolderSearch,
  IconHistory,
  IconPlayerPause,
  IconPlayerPlay,
  IconRefresh,
  IconSettings,
} from '@tabler/icons-react'
import { Link, useNavigate } from 'react-router'
import type { Client } from '../../../src-shared/contract/index.ts'
import type { JobId, SnapshotId } from '../../../src-shared/model/ids.ts'
import type { Job } from '../../../src-shared/model/job.ts'
import { isPausable } from '../../../src-shared/model/pausable.ts'
import { errorMessage, translateSaid } from '../../i18n/said.ts'
import { t } from '../../i18n/translate.ts'
import { useClient, useJobs } from '../../state/use-app.tsx'
import { useCommand } from '../../state/use-command.ts'
import { useQuery } from '../../state/use-query.ts'
import { confirm } from '../../ui/confirm.tsx'
import { formatDuration, formatMoment, formatTime } from '../../ui/format.ts'
import { jobStatusKind, lowerFirst } from '../../ui/job-words.ts'
import { MoreMenu } from '../../ui/MoreMenu.tsx'
import { PageHeader } from '../../ui/PageHeader.tsx'
import { QueryView } from '../../ui/QueryView.tsx'
import { Status } from '../../ui/Status.tsx'
import { useNow } from '../../ui/use-now.ts'
import { FailedJob } from './FailedJob.tsx'
import { FinishedJob } from './FinishedJob.tsx'
import { JobLog } from './JobLog.tsx'
import { RemoteOutput } from './RemoteOutput.tsx'
import { RunningJob } from './RunningJob.tsx'

/** One job, live while it is known to the stream, read otherwise. */
export function JobDetail({ id }: { readonly id: string }) {
  const jobId = id as JobId // from the address; the other side refuses what is none
  const live = useJobs((state) => state.settled.get(jobId))
  const read = useQuery(['job', id], (client, signal) => client.jobs.get({ id: jobId }, { signal }), {
    enabled: live === undefined,
  })
  if (live !== undefined) return <Detail job={live} />
  return (
    <QueryView query={read} onRetry={read.reload}>
      {(job) => <Detail job={job} />}
    </QueryView>
  )
}

function Detail({ job }: { readonly job: Job }) {
  const { status } = job
  const name = translateSaid(job.title)
  const isStopped = status.state === 'error'
  const title =
    isStopped && status.error.code !== 'job/cancelled'
      ? t('jobs.stoppedBecause', { title: name, why: lowerFirst(errorMessage(status.error)) })
      : name
  return (
    <section className="hf-job-detail" aria-label={name}>
      <PageHeader title={title} sub={<SubLine job={job} />} actions={<Actions job={job} />} />
      <div className="hf-job-body">
        {job.spec.kind === 'remote' && <RemoteOutput job={job} spec={job.spec} />}
        {status.state === 'running' && job.spec.kind !== 'remote' && <RunningJob job={job} status={status} />}
        {(status.state === 'waiting' || status.state === 'queued') && (
          <p className="hf-card" style={{ padding: 16 }}>
            {status.state === 'waiting' ? t('jobs.waits', { reason: translateSaid(status.reason) }) : t('jobs.isNext')}
          </p>
        )}
        {status.state === 'success' && job.spec.kind !== 'remote' && <FinishedJob job={job} status={status} />}
        {status.state === 'error' && <FailedJob job={job} status={status} />}
        <JobLog job={job} />
      </div>
    </section>
  )
}

function SubLine({ job }: { readonly job: Job }) {
  const now = useNow()
  const { status } = job
  const kind = t(`ui.job_${job.spec.kind}`)
  const reason = job.reason === '' ? '' : ` ${translateSaid(job.reason)}`
  switch (status.state) {
    case 'queued':
    case 'waiting':
      return <span>{t('jobs.queued', { kind, when: formatMoment(job.queuedAt, now) }) + reason}</span>
    case 'running':
      return <span>{t('jobs.started', { kind, time: formatTime(status.startedAt) }) + reason}</span>
    case 'success':
      return (
        <>
          <Status kind={jobStatusKind(job)} size="sm" />
          <span className="hf-num">
            {t('jobs.ran', {
              kind,
              from: formatMoment(status.startedAt, now),
              to: formatTime(status.endedAt),
              duration: formatDuration(status.endedAt - status.startedAt),
            }) + reason}
          </span>
        </>
      )
    case 'error':
      return (
        <>
          <Status kind={jobStatusKind(job)} size="sm" />
          <span className="hf-num">
            {t('jobs.ranUntil', {
              kind,
              from: formatMoment(status.startedAt ?? job.queuedAt, now),
              to: formatTime(status.endedAt),
            }) + reason}
          </span>
        </>
      )
  }
}

/** What can be done once more without a question. What removes or writes to the disk is asked about where it is started. */
const repeatable: ReadonlySet<Job['spec']['kind']> = new Set(['backup', 'verify', 'index'])

/** A job of a runner is queued again where it came from. */
function isRepeatable({ spec, status }: Job): boolean {
  return spec.kind !== 'remote' && (status.state === 'error' || repeatable.has(spec.kind))
}

/** A failed job is tried again as it was; a good one of a plan runs as the plan is now. */
async function runAgain(client: Client, job: Job): Promise<Job | undefined> {
  if (job.status.state === 'error') return client.jobs.retry({ id: job.id })
  if (job.planId === undefined) return client.jobs.start({ spec: job.spec })
  const to = job.repositoryId === undefined ? {} : { repositoryId: job.repositoryId }
  const [next] = await client.plans.run({ id: job.planId, ...to })
  return next
}

function Actions({ job }: { readonly job: Job }) {
  const client = useClient()
  const navigate = useNavigate()
  const cancel = useCommand(async () => {
    const sure = await confirm({
      title: t('jobs.cancelThis', { title: translateSaid(job.title) }),
      children: t('jobs.cancelText'),
      confirm: t('jobs.cancelJob'),
    })
    if (sure) await client.jobs.cancel({ id: job.id })
  })
  const hold = useCommand((isHeld: boolean) =>
    isHeld ? client.jobs.pause({ id: job.id }) : client.jobs.resume({ id: job.id }),
  )
  const again = useCommand(async () => {
    const next = await runAgain(client, job)
    if (next !== undefined) await navigate(`/activity/${next.id}`)
  })
  const openSnapshot = useCommand(async (id: SnapshotId) => {
    const { lineageId } = await client.snapshots.get({ id })
    await navigate(`/snapshots/${lineageId}?at=${id}`)
  })
  const { status } = job
  const isOver = status.state === 'success' || status.state === 'error'
  const snapshotId = status.state === 'success' ? status.summary.snapshotId : undefined
  return (
    <>
      {status.state === 'running' && isPausable(job) && (
        <Button
          loading={hold.busy}
          onClick={() => hold.run(status.pausedAt === undefined)}
          leftSection={
            status.pausedAt === undefined ? (
              <IconPlayerPause size={16} stroke={1.75} aria-hidden />
            ) : (
              <IconPlayerPlay size={16} stroke={1.75} aria-hidden />
            )
          }
        >
          {status.pausedAt === undefined ? t('jobs.pause') : t('jobs.resume')}
        </Button>
      )}
      {!isOver && (
        <Button loading={cancel.busy} onClick={() => cancel.run()}>
          {t('common.cancel')}
        </Button>
      )}
      {snapshotId !== undefined && (
        <Button
          loading={openSnapshot.busy}
          onClick={() => openSnapshot.run(snapshotId)}
          leftSection={<IconFolderSearch size={16} stroke={1.75} aria-hidden />}
        >
          {t('jobs.openSnapshot')}
        </Button>
      )}
      <MoreMenu isInHead>
        {isOver && isRepeatable(job) && (
          <Menu.Item leftSection={<IconRefresh size={16} aria-hidden />} onClick={() => again.run()}>
            {t('jobs.runAgain')}
          </Menu.Item>
        )}
        {job.planId !== undefined && (
          <Menu.Item component={Link} to={`/plans/${job.planId}`} leftSection={<IconSettings size={16} aria-hidden />}>
            {t('common.openPlan')}
          </Menu.Item>
        )}
        {job.retryOf !== undefined && (
          <Menu.Item
            component={Link}
            to={`/activity/${job.retryOf}`}
            leftSection={<IconHistory size={16} aria-hidden />}
          >
            {t('jobs.openEarlier')}
          </Menu.Item>
        )}
        {job.repositoryId !== undefined && (
          <Menu.Item
            component={Link}
            to={`/repositories/${job.repositoryId}`}
            leftSection={<IconHistory size={16} aria-hidden />}
          >
            {t('common.openRepository')}
          </Menu.Item>
        )}
      </MoreMenu>
    </>
  )
}
