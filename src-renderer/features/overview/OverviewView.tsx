import { t } from '../../i18n/translate.ts'
import './overview.css'
import { useDocumentTitle } from '@mantine/hooks'
import { useApp, useShared } from '../../state/use-app.tsx'
import { useQuery } from '../../state/use-query.ts'
import { ErrorState } from '../../ui/ErrorState.tsx'
import { SkeletonCards } from '../../ui/Skeletons.tsx'
import { AnomalyWarnings } from './AnomalyWarnings.tsx'
import { AttentionList } from './AttentionList.tsx'
import { FirstRun } from './FirstRun.tsx'
import { Hero } from './Hero.tsx'
import { PlanCards } from './PlanCards.tsx'
import { ProtectedBytes } from './ProtectedBytes.tsx'
import { RepositoryLines } from './RepositoryLines.tsx'
import { RunningNow } from './RunningNow.tsx'
import { TrustLines } from './TrustLines.tsx'

/** Words before charts: am I safe, when was the last good run, when is the next; then what there is to do, then the rest. */
export function OverviewView() {
  useDocumentTitle(t('overview.title'))
  const app = useApp()
  const plans = useShared('plans')
  const anomalies = useQuery(['anomalies'], (client, signal) => client.anomalies.list(undefined, { signal }), {
    areas: ['plans'],
  })
  if (plans.state === 'failed') return <ErrorState failure={plans.failure} onRetry={app.plans.reload} />
  if (plans.state === 'loading') {
    return (
      <div className="hf-overview">
        <SkeletonCards cards={6} />
      </div>
    )
  }
  if (plans.value.length === 0) return <FirstRun />
  return (
    <div className="hf-overview">
      <Hero plans={plans.value} anomalies={anomalies.state === 'ready' ? anomalies.value : []} />
      <AnomalyWarnings open={anomalies} />
      <AttentionList plans={plans.value} />
      <div className="hf-overview-columns">
        <PlanCards plans={plans.value} />
        <div style={{ display: 'flex', flexDirection: 'column', gap: 20 }}>
          <RepositoryLines />
          <TrustLines plans={plans.value} />
          <RunningNow />
          <ProtectedBytes plans={plans.value} />
        </div>
      </div>
    </div>
  )
}
