import { ActionIcon, Indicator, Popover } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconBell, IconBellCheck } from '@tabler/icons-react'
import { Link } from 'react-router'
import { useShallow } from 'zustand/react/shallow'
import type { Job } from '../../src-shared/model/job.ts'
import { translateSaid } from '../i18n/said.ts'
import { t } from '../i18n/translate.ts'
import { finishedJobs } from '../state/jobs.ts'
import { useJobs } from '../state/use-app.tsx'
import { useRemembered } from '../state/use-remembered.ts'
import { EmptyState } from '../ui/EmptyState.tsx'
import { jobLine, jobStatusKind } from '../ui/job-words.ts'
import { StatusIcon } from '../ui/Status.tsx'
import { When } from '../ui/When.tsx'

const MOST = 12

/** When a job ended, for those that have. */
function endedAt(job: Job): number {
  return job.status.state === 'success' || job.status.state === 'error' ? job.status.endedAt : 0
}

/** What went wrong lately, newest first: stopped jobs and jobs that left files out. */
export function NotificationsMenu() {
  const [opened, { toggle, close }] = useDisclosure()
  const [seenAt, setSeenAt] = useRemembered('notifications-seen', 0)
  const problems = useJobs(
    useShallow((state) =>
      finishedJobs(state.settled.values())
        .filter((job) => !['good', 'cancelled'].includes(jobStatusKind(job)))
        .slice(0, MOST),
    ),
  )
  const unseen = problems.filter((job) => endedAt(job) > seenAt).length
  const label = unseen === 0 ? t('shell.notifications') : t('shell.notificationsNew', { n: unseen })

  return (
    <Popover
      opened={opened}
      onChange={(next) => !next && close()}
      position="bottom-end"
      width={360}
      shadow="md"
      trapFocus
      returnFocus
    >
      <Indicator disabled={unseen === 0} size={8} offset={6} color="var(--hf-bad-mark)">
        <Popover.Target>
          <ActionIcon
            aria-label={label}
            aria-haspopup="dialog"
            aria-expanded={opened}
            onClick={() => {
              toggle()
              setSeenAt(Date.now())
            }}
          >
            <IconBell size={16} stroke={1.75} aria-hidden />
          </ActionIcon>
        </Popover.Target>
      </Indicator>
      <Popover.Dropdown p={8} aria-label={t('shell.notifications')}>
        {problems.length === 0 ? (
          <EmptyState icon={IconBellCheck} title={t('shell.nothingToSee')}>
            {t('shell.whatIsListed')}
          </EmptyState>
        ) : (
          problems.map((job) => (
            <Link
              key={job.id}
              to={`/activity/${job.id}`}
              className="hf-item hf-row"
              style={{ padding: 8, display: 'flex', alignItems: 'flex-start' }}
              onClick={close}
            >
              <StatusIcon kind={jobStatusKind(job)} />
              <span className="hf-grow">
                <span className="hf-med hf-ell" style={{ display: 'block' }}>
                  {translateSaid(job.title)}
                </span>
                <span className="hf-sm hf-2" style={{ display: 'block' }}>
                  {jobLine(job)}
                </span>
              </span>
              <span className="hf-xs hf-3">
                <When at={endedAt(job)} as="age" />
              </span>
            </Link>
          ))
        )}
      </Popover.Dropdown>
    </Popover>
  )
}
