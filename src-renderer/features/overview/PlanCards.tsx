import { IconPlus } from '@tabler/icons-react'
import { Link } from 'react-router'
import type { PlanState } from '../../../src-shared/contract/plans.ts'
import type { JobProgress } from '../../../src-shared/model/job.ts'
import { t } from '../../i18n/translate.ts'
import { runningJobOf } from '../../state/jobs.ts'
import { useJobs, useSharedValue } from '../../state/use-app.tsx'
import { DayLegend, DayStrip } from '../../ui/DayStrip.tsx'
import { formatAgo, formatMoment } from '../../ui/format.ts'
import { Live } from '../../ui/job-progress.tsx'
import { lowerFirst, progressWord } from '../../ui/job-words.ts'
import { sourceIcons } from '../../ui/kind-icons.ts'
import { Status } from '../../ui/Status.tsx'
import { statusLooks } from '../../ui/status.ts'
import { useNow } from '../../ui/use-now.ts'

export function PlanCards({ plans }: { readonly plans: readonly PlanState[] }) {
  return (
    <section aria-labelledby="overview-plans">
      <div className="hf-section-head hf-between">
        <h2 id="overview-plans" className="hf-h4">
          {t('common.plans')}
        </h2>
        <DayLegend />
      </div>
      <div className="hf-cards">
        {plans.map((state) => (
          <PlanCard key={state.plan.id} state={state} />
        ))}
        <Link to="/plans/new" className="hf-card hf-plan-card hf-card-more">
          <span className="hf-row hf-2 hf-strong">
            <IconPlus size={16} stroke={1.75} aria-hidden />
            {t('overview.protectElse')}
          </span>
          <span className="hf-sm hf-3" style={{ marginLeft: 24 }}>
            {t('overview.anotherFolder')}
          </span>
        </Link>
      </div>
    </section>
  )
}

function PlanCard({ state }: { readonly state: PlanState }) {
  const now = useNow()
  const { plan, health, lastGoodAt, nextRunAt, days } = state
  const repositories = useSharedValue('repositories') ?? []
  const job = useJobs((jobs) => runningJobOf(jobs.settled.values(), plan.id))
  const Icon = sourceIcons[plan.source.kind]
  const names = plan.destinations
    .map(({ repositoryId }) => repositories.find((each) => each.repository.id === repositoryId)?.repository.name)
    .filter((name) => name !== undefined)
  const isRunning = job !== undefined
  const kind = isRunning ? 'running' : health
  const word =
    kind === 'good' && lastGoodAt !== undefined
      ? t('overview.goodAgo', { when: formatAgo(lastGoodAt, now) })
      : t(statusLooks[kind].word)
  return (
    <Link to={`/plans/${plan.id}`} className="hf-card hf-plan-card">
      <div className="hf-row">
        <Icon size={16} stroke={1.75} className="hf-3" aria-hidden />
        <span className="hf-strong hf-grow hf-ell">{plan.name}</span>
        <Status kind={kind} size="sm">
          {isRunning ? <Live job={job}>{runningWord}</Live> : word}
        </Status>
      </div>
      <div className="hf-plan-card-meta hf-num">
        <span className="hf-ell">
          {isRunning && lastGoodAt !== undefined
            ? t('overview.lastGood', { when: formatMoment(lastGoodAt, now) })
            : nextRunAt !== undefined
              ? t('common.nextAt', { when: formatMoment(nextRunAt, now) })
              : t('common.byHand')}
        </span>
        <span className="hf-3 hf-ell">{names.join(', ')}</span>
      </div>
      <DayStrip days={days} />
    </Link>
  )
}

function runningWord(progress: JobProgress): string {
  return t('overview.runningAt', { progress: lowerFirst(progressWord(progress)) })
}
