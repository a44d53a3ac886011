import { Link } from 'react-router'
import { useShallow } from 'zustand/react/shallow'
import { translateSaid } from '../../i18n/said.ts'
import { t } from '../../i18n/translate.ts'
import { runningJobs } from '../../state/jobs.ts'
import { useJobs } from '../../state/use-app.tsx'
import { JobRing, Live } from '../../ui/job-progress.tsx'
import { runningSentence } from '../../ui/job-words.ts'

/** What runs besides the job that the activity bar already shows. */
export function RunningNow() {
  const running = useJobs(useShallow((state) => runningJobs(state.settled.values())))
  if (running.length < 2) return null
  return (
    <section aria-labelledby="overview-running">
      <div className="hf-section-head">
        <h2 id="overview-running" className="hf-h4">
          {t('overview.runningNow')}
        </h2>
      </div>
      <div className="hf-card" style={{ padding: 8 }}>
        {running.map((job) => (
          <Link key={job.id} to={`/activity/${job.id}`} className="hf-item" style={{ padding: 8 }}>
            <span className="hf-row">
              <JobRing job={job} />
              <span className="hf-med hf-ell">{translateSaid(job.title)}</span>
            </span>
            <span className="hf-sm hf-2 hf-num" style={{ display: 'block', marginLeft: 24 }}>
              <Live job={job}>{runningSentence}</Live>
            </span>
          </Link>
        ))}
      </div>
    </section>
  )
}
