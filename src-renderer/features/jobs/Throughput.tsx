import { AreaChart } from '@mantine/charts'
import { useInterval } from '@mantine/hooks'
import { memo } from 'react'
import type { Client } from '../../../src-shared/contract/index.ts'
import type { Job } from '../../../src-shared/model/job.ts'
import { t } from '../../i18n/translate.ts'
import { useQuery } from '../../state/use-query.ts'
import { chartLabel } from '../../ui/chart-label.ts'
import { formatCount, formatRate, formatTime, formatTimeWithSeconds } from '../../ui/format.ts'

const MIB = 2 ** 20
type Points = Awaited<ReturnType<Client['jobs']['throughput']>>

const EVERY_MS = 5000
const SECONDS_BELOW_MS = 10 * 60_000

/** Bytes a second over the run: what was read, and what had to be stored. */
export function Throughput({ job }: { readonly job: Job }) {
  const isRunning = job.status.state === 'running'
  const points = useQuery(
    ['throughput', job.id],
    (client, signal) => client.jobs.throughput({ id: job.id }, { signal }),
    {
      keep: true,
    },
  )
  useInterval(() => isRunning && points.reload(), EVERY_MS, { autoInvoke: true })
  if (points.state !== 'ready' || points.value.length < 2) return null
  // Jobs that move no content, such as reading lists, have no curve.
  if (points.value.every(({ read, stored }) => read === 0 && stored === 0)) return null
  return <Curves points={points.value} />
}

/** Drawn when there are new points, not with each progress: a chart is the dearest thing of the page. */
const Curves = memo(function Curves({ points }: { readonly points: Points }) {
  const first = points[0]?.at ?? 0
  const last = points.at(-1)?.at ?? 0
  // A run of a few minutes would show the same minute again and again.
  const formatTick = last - first < SECONDS_BELOW_MS ? formatTimeWithSeconds : formatTime
  const data = points.map(({ at, read, stored }) => ({ at, read: read / MIB, stored: stored / MIB }))
  return (
    <section aria-labelledby="job-throughput">
      <div className="hf-section-head">
        <h2 id="job-throughput" className="hf-sm hf-med hf-grow">
          {t('jobs.throughput')}
        </h2>
        <span className="hf-key">
          <i style={{ background: 'var(--hf-data-2)' }} />
          {t('jobs.readSeries')}
        </span>
        <span className="hf-key">
          <i style={{ background: 'var(--hf-data-1)' }} />
          {t('jobs.storedSeries')}
        </span>
      </div>
      <AreaChart
        h={112}
        data={data}
        dataKey="at"
        withDots={false}
        strokeWidth={1.5}
        fillOpacity={0.16}
        curveType="linear"
        gridAxis="x"
        withGradient={false}
        strokeDasharray="0"
        tickLine="none"
        series={[
          { name: 'read', label: t('jobs.readSeries'), color: 'var(--hf-data-2)' },
          { name: 'stored', label: t('jobs.storedSeries'), color: 'var(--hf-data-1)' },
        ]}
        xAxisProps={{
          type: 'number',
          domain: ['dataMin', 'dataMax'],
          tickFormatter: formatTick,
          minTickGap: 80,
          tickMargin: 4,
        }}
        yAxisProps={{
          orientation: 'right',
          width: 40,
          tickMargin: 8,
          tickCount: 3,
          tickFormatter: (value: number) => formatCount(value),
        }}
        valueFormatter={(value) => formatRate(value * MIB)}
        tooltipProps={{ labelFormatter: chartLabel(formatTick) }}
        areaProps={{ isAnimationActive: false }}
        aria-label={t('jobs.throughputLabel')}
        role="img"
      />
    </section>
  )
})
