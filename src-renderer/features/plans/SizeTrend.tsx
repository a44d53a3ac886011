import { AreaChart } from '@mantine/charts'
import type { PlanId } from '../../../src-shared/model/ids.ts'
import { t } from '../../i18n/translate.ts'
import { useSharedValue } from '../../state/use-app.tsx'
import { useQuery } from '../../state/use-query.ts'
import { chartLabel } from '../../ui/chart-label.ts'
import { byteAxis, byteTicks, timeAxis, timeTicks } from '../../ui/chart-ticks.ts'
import { formatBytes, formatMoment } from '../../ui/format.ts'
import { useNow } from '../../ui/use-now.ts'

const MOST = 200

/** How the content of the plan's snapshots grew. Drawn once there are two of them. */
export function SizeTrend({ planId }: { readonly planId: PlanId }) {
  const now = useNow()
  const lineageId = useSharedValue('lineages')?.find((lineage) => lineage.planId === planId)?.id
  const snapshots = useQuery(
    ['trend', planId, lineageId],
    async (client, signal) =>
      lineageId === undefined ? [] : client.snapshots.list({ lineageId, limit: MOST }, { signal }),
    { areas: ['snapshots'], keep: true },
  )
  if (snapshots.state !== 'ready' || snapshots.value.length < 2) return null
  const data = snapshots.value.map(({ ref, sizeBytes }) => ({ at: ref.time * 1000, size: sizeBytes })).reverse()
  const sizes = byteTicks(Math.max(...data.map(({ size }) => size)), 3)
  const times = timeTicks(data[0]?.at ?? now, data.at(-1)?.at ?? now, 4, now)
  return (
    <section className="hf-card" style={{ padding: '12px 16px' }} aria-labelledby="plan-trend">
      <h2 id="plan-trend" className="hf-h4" style={{ marginBottom: 8 }}>
        {t('plans.sizeOfSnapshots')}
      </h2>
      <AreaChart
        h={140}
        data={data}
        dataKey="at"
        series={[{ name: 'size', label: t('plans.content'), color: 'var(--hf-data-1)' }]}
        withDots={false}
        withGradient={false}
        curveType="linear"
        strokeWidth={1.5}
        fillOpacity={0.14}
        gridAxis="x"
        strokeDasharray="0"
        tickLine="none"
        xAxisProps={timeAxis(times)}
        yAxisProps={byteAxis(sizes)}
        valueFormatter={formatBytes}
        tooltipProps={{ labelFormatter: chartLabel((at) => formatMoment(at, now)) }}
        areaProps={{ isAnimationActive: false }}
        role="img"
        aria-label={t('plans.sizeOfLast', { count: data.length })}
      />
    </section>
  )
}
