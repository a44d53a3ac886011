import { CompositeChart } from '@mantine/charts'
import type { RepositoryId } from '../../../src-shared/model/ids.ts'
import { t } from '../../i18n/translate.ts'
import { useQuery } from '../../state/use-query.ts'
import { chartLabel } from '../../ui/chart-label.ts'
import { byteAxis, byteTicks, timeAxis, timeTicks } from '../../ui/chart-ticks.ts'
import { forecastUsage } from '../../ui/forecast.ts'
import { formatBytes, formatDate, formatDay } from '../../ui/format.ts'
import { QueryView } from '../../ui/QueryView.tsx'
import { useNow } from '../../ui/use-now.ts'
import { withForecast } from './usage-points.ts'

/** Space over time, with where it is going. */
export function UsageChart({ id }: { readonly id: RepositoryId }) {
  const now = useNow()
  const history = useQuery(['usage', id], (client, signal) => client.repositories.usageHistory({ id }, { signal }), {
    areas: ['repositories'],
    keep: true,
  })
  return (
    <section className="hf-card hf-sec" aria-labelledby="usage">
      <div className="hf-section-head">
        <h2 id="usage" className="hf-h4 hf-grow">
          {t('repositories.spaceOverTime')}
        </h2>
        <span className="hf-key">
          <i style={{ background: 'var(--hf-data-1)', height: 2, width: 12 }} />
          {t('repositories.usedSeries')}
        </span>
        <span className="hf-key">
          <i style={{ background: 'var(--hf-warn-mark)', height: 2, width: 12 }} />
          {t('repositories.forecastSeries')}
        </span>
      </div>
      <QueryView query={history} onRetry={history.reload}>
        {(points) => {
          if (points.length < 2) {
            return <p className="hf-sm hf-2">{t('repositories.measuredDaily')}</p>
          }
          const forecast = forecastUsage(points, now)
          const fullAt = forecast?.fullAt
          const total = points.at(-1)?.totalBytes ?? 0
          const data = withForecast(points, forecast, now)
          const most = Math.max(total, ...data.map(({ used, forecast: later }) => Math.max(used ?? 0, later ?? 0)))
          const sizes = byteTicks(most, 3)
          const times = timeTicks(data[0]?.at ?? now, data.at(-1)?.at ?? now, 4, now)
          return (
            <>
              <CompositeChart
                h={164}
                data={data}
                dataKey="at"
                series={[
                  { name: 'used', label: t('repositories.used'), color: 'var(--hf-data-1)', type: 'area' },
                  {
                    name: 'forecast',
                    label: t('repositories.forecast'),
                    color: 'var(--hf-warn-mark)',
                    type: 'line',
                    strokeDasharray: '3 3',
                  },
                ]}
                withDots={false}
                curveType="linear"
                strokeWidth={1.5}
                gridAxis="x"
                strokeDasharray="0"
                tickLine="none"
                areaProps={{ isAnimationActive: false, fillOpacity: 0.14 }}
                lineProps={{ isAnimationActive: false }}
                xAxisProps={timeAxis(times)}
                yAxisProps={byteAxis(sizes)}
                referenceLines={total > 0 ? [{ y: total, color: 'var(--hf-border-control)' }] : []}
                valueFormatter={formatBytes}
                tooltipProps={{ labelFormatter: chartLabel((at) => formatDay(at, now)) }}
                role="img"
                aria-label={t('repositories.usedSpace')}
              />
              <p className={`hf-sm ${fullAt === undefined ? 'hf-2' : 'hf-warn'}`} style={{ marginTop: 4 }}>
                {fullAt === undefined
                  ? t('repositories.doesNotGrow')
                  : t('repositories.fullAbout', { date: formatDate(fullAt, now) })}
              </p>
            </>
          )
        }}
      </QueryView>
    </section>
  )
}
