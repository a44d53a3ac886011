import { useInterval } from '@mantine/hooks'
import { memo, type PointerEvent, useMemo, useState } from 'react'
import type { Job } from '../../../src-shared/model/job.ts'
import { t } from '../../i18n/translate.ts'
import { useQuery } from '../../state/use-query.ts'
import { formatCount, formatRate, formatTimeWithSeconds } from '../../ui/format.ts'
import { BOX, curvesOf, pointNear, type ThroughputPoint } from './throughput-curves.ts'

const EVERY_MS = 5000

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

/** A few paths: a whole chart of a library takes as long to draw as twenty updates of all the rest of the page. */
const Curves = memo(function Curves({ points }: { readonly points: readonly ThroughputPoint[] }) {
  const [pointed, setPointed] = useState<number>()
  const { read, stored, speeds, times, x } = useMemo(() => curvesOf(points), [points])
  const shown = pointed === undefined ? undefined : points[pointed]
  const onPointerMove = ({ clientX, currentTarget }: PointerEvent) => {
    const { left, width } = currentTarget.getBoundingClientRect()
    setPointed(pointNear(points, x.invert(((clientX - left) / width) * BOX.width)))
  }
  return (
    <section aria-labelledby="job-throughput">
      <div className="hf-section-head">
        <h2 id="job-throughput" className="hf-sm hf-med hf-grow">
          {t('jobs.throughput')}
        </h2>
        {shown !== undefined && <span className="hf-xs hf-3 hf-num">{formatTimeWithSeconds(shown.at)}</span>}
        <span className="hf-key hf-num">
          <i style={{ background: 'var(--hf-data-2)' }} />
          {t('jobs.readSeries')} {shown !== undefined && formatRate(shown.read)}
        </span>
        <span className="hf-key hf-num">
          <i style={{ background: 'var(--hf-data-1)' }} />
          {t('jobs.storedSeries')} {shown !== undefined && formatRate(shown.stored)}
        </span>
      </div>
      <div className="hf-curves" role="img" aria-label={t('jobs.throughputLabel')}>
        <svg
          viewBox={`0 0 ${BOX.width} ${BOX.height}`}
          preserveAspectRatio="none"
          aria-hidden
          onPointerMove={onPointerMove}
          onPointerLeave={() => setPointed(undefined)}
        >
          <path className="hf-curves-grid" d={speeds.map(({ y }) => `M0 ${y}H${BOX.width}`).join('')} />
          {[
            { curve: read, color: 'var(--hf-data-2)' },
            { curve: stored, color: 'var(--hf-data-1)' },
          ].map(({ curve, color }) => (
            <g key={color} color={color}>
              <path className="hf-curves-area" d={curve.area} />
              <path className="hf-curves-line" d={curve.line} />
            </g>
          ))}
          {shown !== undefined && <path className="hf-curves-grid" d={`M${x(shown.at)} 0V${BOX.height}`} />}
        </svg>
        {speeds.map(({ mib, y }) => (
          <span key={mib} className="hf-curves-speed" style={{ top: `${y}%` }}>
            {formatCount(mib)}
          </span>
        ))}
      </div>
      <div className="hf-curves-times">
        {times.ticks.map((at) => (
          <span key={at} style={{ left: `clamp(28px, ${(x(at) / BOX.width) * 100}%, 100% - 28px)` }}>
            {times.format(at)}
          </span>
        ))}
      </div>
    </section>
  )
})
