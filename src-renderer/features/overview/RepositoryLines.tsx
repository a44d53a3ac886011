import { Button } from '@mantine/core'
import { Link } from 'react-router'
import type { RepositoryState } from '../../../src-shared/model/repository.ts'
import { t } from '../../i18n/translate.ts'
import { useApp, useShared } from '../../state/use-app.tsx'
import type { Forecast } from '../../ui/forecast.ts'
import { formatBytes, formatBytesOf, formatCounted, formatPercent } from '../../ui/format.ts'
import { repositoryIcons } from '../../ui/kind-icons.ts'
import { Meter } from '../../ui/Meter.tsx'
import { QueryView } from '../../ui/QueryView.tsx'
import { fullWords, isFillingUp, savedShare } from '../../ui/repository-words.ts'
import { useForecasts } from '../../ui/use-forecasts.ts'
import { useNow } from '../../ui/use-now.ts'

export function RepositoryLines() {
  const app = useApp()
  const repositories = useShared('repositories')
  return (
    <section aria-labelledby="overview-repositories">
      <div className="hf-section-head">
        <h2 id="overview-repositories" className="hf-h4">
          {t('common.repositories')}
        </h2>
      </div>
      <div className="hf-card">
        <QueryView query={repositories} onRetry={app.repositories.reload}>
          {(states) => <Lines states={states} />}
        </QueryView>
      </div>
    </section>
  )
}

function Lines({ states }: { readonly states: readonly RepositoryState[] }) {
  const forecasts = useForecasts(states.map((state) => state.repository.id))
  if (states.length === 0) {
    return (
      <div style={{ padding: 16 }}>
        <p className="hf-2">{t('overview.noRepository')}</p>
        <Button component={Link} to="/repositories?add" mt={8}>
          {t('common.addRepository')}
        </Button>
      </div>
    )
  }
  return states.map((state) => (
    <Line key={state.repository.id} state={state} forecast={forecasts.get(state.repository.id)} />
  ))
}

function Line({ state, forecast }: { readonly state: RepositoryState; readonly forecast: Forecast | undefined }) {
  const now = useNow()
  const { repository, usage } = state
  const Icon = repositoryIcons[repository.kind]
  const saved = savedShare(state)
  const isFilling = isFillingUp(state, forecast, now)
  return (
    <Link to={`/repositories/${repository.id}`} className="hf-repo-line">
      <div className="hf-row">
        <Icon size={16} stroke={1.75} className="hf-3" aria-hidden />
        <span className="hf-med hf-grow hf-ell">{repository.name}</span>
        <span className="hf-num hf-sm">
          {usage === undefined
            ? formatCounted(state.snapshots, 'snapshot')
            : usage.totalBytes > 0
              ? formatBytesOf(usage.usedBytes, usage.totalBytes)
              : formatBytes(usage.usedBytes)}
        </span>
      </div>
      {usage !== undefined && usage.totalBytes > 0 && (
        <div style={{ margin: '6px 0' }}>
          <Meter
            value={usage.usedBytes / usage.totalBytes}
            tone={isFilling ? 'warn' : 'neutral'}
            label={t('common.isFull', {
              name: repository.name,
              percent: formatPercent(usage.usedBytes / usage.totalBytes),
            })}
          />
        </div>
      )}
      <div className="hf-row hf-between hf-sm hf-num">
        <span className={isFilling || state.reachable === false ? 'hf-warn' : 'hf-2'}>
          {fullWords(state, forecast, now)}
        </span>
        {saved !== undefined && <span className="hf-3">{t('overview.saved', { percent: formatPercent(saved) })}</span>}
      </div>
    </Link>
  )
}
