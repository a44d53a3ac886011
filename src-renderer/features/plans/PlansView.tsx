import { t } from '../../i18n/translate.ts'
import { PlanImport } from './PlanImport.tsx'
import './plans.css'
import { ActionIcon, Button } from '@mantine/core'
import { IconCalendarMonth, IconCalendarRepeat, IconPlus } from '@tabler/icons-react'
import { Link, useParams } from 'react-router'
import type { PlanState } from '../../../src-shared/contract/plans.ts'
import { useApp, useShared } from '../../state/use-app.tsx'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { formatMoment } from '../../ui/format.ts'
import { PageHeader } from '../../ui/PageHeader.tsx'
import { QueryView } from '../../ui/QueryView.tsx'
import { SplitPane } from '../../ui/SplitPane.tsx'
import { StatusIcon } from '../../ui/Status.tsx'
import { useNow } from '../../ui/use-now.ts'
import { PlanDetail } from './PlanDetail.tsx'

/** The plans on the left, one of them on the right. */
export function PlansView() {
  const app = useApp()
  const { id } = useParams()
  const plans = useShared('plans')
  return (
    <QueryView query={plans} onRetry={app.plans.reload}>
      {(states) => {
        const chosen = states.find(({ plan }) => plan.id === id) ?? states[0]
        if (chosen === undefined) return <NoPlans />
        return (
          <SplitPane
            name="plans"
            width={252}
            first={<PlanList states={states} chosen={chosen} />}
            second={<PlanDetail key={chosen.plan.id} state={chosen} />}
          />
        )
      }}
    </QueryView>
  )
}

function NoPlans() {
  return (
    <div className="hf-page">
      <PageHeader title={t('common.plans')} />
      <EmptyState
        icon={IconCalendarRepeat}
        title={t('plans.noPlanYet')}
        actions={
          <Button component={Link} to="/plans/new" variant="filled">
            {t('common.protectFolder')}
          </Button>
        }
      >
        {t('plans.whatPlanSays')}
      </EmptyState>
    </div>
  )
}

interface PlanListProps {
  readonly states: readonly PlanState[]
  readonly chosen: PlanState
}

function PlanList({ states, chosen }: PlanListProps) {
  const now = useNow()
  return (
    <section className="hf-page" aria-label={t('common.plans')}>
      <div className="hf-pane-head">
        <h2 className="hf-h2 hf-grow">{t('common.plans')}</h2>
        <ActionIcon component={Link} to="/plans/calendar" aria-label={t('plans.calendar')}>
          <IconCalendarMonth size={16} stroke={1.75} aria-hidden />
        </ActionIcon>
        <PlanImport />
        <ActionIcon component={Link} to="/plans/new" aria-label={t('common.protectFolder')}>
          <IconPlus size={16} stroke={1.75} aria-hidden />
        </ActionIcon>
      </div>
      <div className="hf-scroll" style={{ padding: '0 8px 8px' }}>
        {states.map(({ plan, health, nextRunAt }) => (
          <Link
            key={plan.id}
            to={`/plans/${plan.id}`}
            className="hf-item"
            aria-current={plan.id === chosen.plan.id ? 'true' : undefined}
            style={{ padding: 8, display: 'flex', gap: 8 }}
          >
            <StatusIcon kind={health} />
            <span className="hf-grow">
              <span className="hf-med hf-ell" style={{ display: 'block', lineHeight: '18px' }}>
                {plan.name}
              </span>
              <span className="hf-sm hf-2 hf-num hf-ell" style={{ display: 'block' }}>
                {nextWords({ plan, health, nextRunAt }, now)}
              </span>
            </span>
          </Link>
        ))}
      </div>
    </section>
  )
}

function nextWords({ plan, health, nextRunAt }: Pick<PlanState, 'plan' | 'health' | 'nextRunAt'>, now: number): string {
  if (health === 'running') return t('plans.runningNow')
  if (!plan.enabled) return t('common.switchedOff')
  if (nextRunAt !== undefined) return t('common.nextAt', { when: formatMoment(nextRunAt, now) })
  return plan.schedule.kind === 'manual' ? t('common.byHand') : t('common.nothingPlanned')
}
