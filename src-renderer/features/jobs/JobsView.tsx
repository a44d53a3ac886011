import { t } from '../../i18n/translate.ts'
import './jobs.css'
import { IconActivity } from '@tabler/icons-react'
import { useState } from 'react'
import { useParams } from 'react-router'
import { runningJobs } from '../../state/jobs.ts'
import { useJobs } from '../../state/use-app.tsx'
import { useQuery } from '../../state/use-query.ts'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { SplitPane } from '../../ui/SplitPane.tsx'
import { JobDetail } from './JobDetail.tsx'
import { JobList } from './JobList.tsx'
import { mergeJobs } from './job-filter.ts'

const PAGE = 100
const MOST = 500

/** The queue and the history on the left, one job on the right. */
export function JobsView() {
  const { jobId } = useParams()
  const [limit, setLimit] = useState(PAGE)
  const live = useJobs((state) => state.settled)
  const history = useQuery(['jobs', limit], (client, signal) => client.jobs.list({ limit }, { signal }), { keep: true })
  const read = history.state === 'ready' ? history.value : []
  const jobs = mergeJobs(read, live)
  const chosen = jobId ?? (runningJobs(jobs)[0] ?? jobs.toSorted((a, b) => b.queuedAt - a.queuedAt)[0])?.id
  return (
    <SplitPane
      name="activity"
      width={300}
      min={240}
      max={480}
      first={
        <JobList
          jobs={jobs}
          query={history}
          chosen={chosen}
          onMore={read.length >= limit && limit < MOST ? () => setLimit(Math.min(MOST, limit + PAGE)) : undefined}
        />
      }
      second={
        chosen !== undefined ? (
          <JobDetail key={chosen} id={chosen} />
        ) : (
          <EmptyState icon={IconActivity} title={t('jobs.nothingYet')}>
            {t('jobs.nothingYetText')}
          </EmptyState>
        )
      }
    />
  )
}
