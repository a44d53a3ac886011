import { IconAlertTriangle, IconCircleDashed, IconClock, IconPlayerPause, IconX } from '@tabler/icons-react'
import { NavLink } from 'react-router'
import type { PlanState } from '../../src-shared/contract/plans.ts'
import { t } from '../i18n/translate.ts'
import { runningJobOf } from '../state/jobs.ts'
import { useJobs } from '../state/use-app.tsx'
import { JobRing, Live } from '../ui/job-progress.tsx'
import { progressWord } from '../ui/job-words.ts'
import { statusLooks } from '../ui/status.ts'
import { When } from '../ui/When.tsx'

/** One plan in the side bar: its state as a shape, its name, and when it last ran well. */
export function PlanLink({ state }: { readonly state: PlanState }) {
  const job = useJobs((jobs) => runningJobOf(jobs.settled.values(), state.plan.id))
  return (
    <NavLink to={`/plans/${state.plan.id}`} className="hf-nav hf-nav-plan">
      <span style={{ width: 16, display: 'grid', placeItems: 'center' }}>
        {job === undefined ? <HealthMark health={state.health} /> : <JobRing job={job} />}
      </span>
      <span className="hf-grow hf-ell">{state.plan.name}</span>
      <span className="hf-xs hf-3 hf-num">
        {job !== undefined ? (
          <Live job={job}>{progressWord}</Live>
        ) : (
          state.lastGoodAt !== undefined && <When at={state.lastGoodAt} as="age" />
        )}
      </span>
    </NavLink>
  )
}

function HealthMark({ health }: { readonly health: PlanState['health'] }) {
  const label = t(statusLooks[health].word)
  switch (health) {
    case 'good':
    case 'running':
      return <span className="hf-dot hf-ok" role="img" aria-label={label} style={{ color: 'var(--hf-good-day)' }} />
    case 'warnings':
      return <IconAlertTriangle size={14} stroke={2} className="hf-warn" role="img" aria-label={label} />
    case 'failed':
      return <IconX size={14} stroke={3} className="hf-bad" role="img" aria-label={label} />
    case 'late':
      return <IconClock size={14} stroke={2} className="hf-warn" role="img" aria-label={label} />
    case 'paused':
    case 'disabled':
      return <IconPlayerPause size={14} stroke={2} className="hf-3" role="img" aria-label={label} />
    case 'never':
      return <IconCircleDashed size={12} stroke={2} className="hf-3" role="img" aria-label={label} />
  }
}
