import { memo, useMemo } from 'react'
import type { Snapshot } from '../../../src-shared/model/snapshot.ts'
import { t } from '../../i18n/translate.ts'
import { formatBytes, formatCounted, formatDate, formatWeekday } from '../../ui/format.ts'
import { type HeatDay, heatWeeks, midnight, monthLabels } from './heat-days.ts'

const CELL = 12

export interface HeatMapProps {
  readonly snapshots: readonly Snapshot[]
  readonly weeks: number
  /** Local midnight. */
  readonly selectedDay: number
  readonly now: number
  readonly onDay: (start: number) => void
}

/** Days with snapshots; darker means more changed. The slider beside it does the same by keyboard. */
export const HeatMap = memo(function HeatMap({ snapshots, weeks: count, selectedDay, now, onDay }: HeatMapProps) {
  const today = midnight(now)
  const weeks = useMemo(() => heatWeeks(snapshots, today, count), [snapshots, today, count])
  return (
    <div className="hf-heat" style={{ width: 28 + count * CELL }}>
      <div className="hf-heat-body">
        <div className="hf-heat-weekdays" aria-hidden>
          <span />
          <span>{weekday(1)}</span>
          <span />
          <span>{weekday(3)}</span>
          <span />
          <span>{weekday(5)}</span>
        </div>
        <svg
          width={count * CELL + 2}
          height={101}
          viewBox={`-2 0 ${count * CELL + 2} 101`}
          role="img"
          aria-label={t('snapshots.heatMap')}
        >
          {monthLabels(weeks).map(({ week, name }) => (
            <text key={week} className="hf-axis" x={week * CELL} y={10}>
              {name}
            </text>
          ))}
          {weeks.flatMap((week, column) =>
            week.days.map((day, row) => (
              <Day
                key={day.start}
                day={day}
                x={column * CELL}
                y={16 + row * CELL}
                isSelected={day.start === selectedDay}
                now={now}
                onDay={onDay}
              />
            )),
          )}
        </svg>
      </div>
      <div className="hf-heat-key" aria-hidden>
        {t('snapshots.less')}
        <svg width={58} height={10} aria-hidden>
          {[0, 1, 2, 3, 4].map((level) => (
            <rect key={level} x={level * CELL} width={10} height={10} rx={2} fill={`var(--hf-heat-${level})`} />
          ))}
        </svg>
        {t('snapshots.moreChanged')}
        <svg width={6} height={6} viewBox="0 0 6 6" style={{ marginLeft: 8 }} aria-hidden>
          <path d={CROSS} className="hf-cross" />
        </svg>
        {t('snapshots.failed')}
      </div>
    </div>
  )
})

const CROSS = 'm1 1 4 4m0-4-4 4'

interface DayProps {
  readonly day: HeatDay
  readonly x: number
  readonly y: number
  readonly isSelected: boolean
  readonly now: number
  readonly onDay: (start: number) => void
}

function Day({ day, x, y, isSelected, now, onDay }: DayProps) {
  const said = {
    day: formatDate(day.start, now),
    snapshots: formatCounted(day.snapshots, 'snapshot'),
    bytes: formatBytes(day.changedBytes),
  }
  const words =
    day.snapshots === 0
      ? t('snapshots.dayNone', { day: said.day })
      : day.hasFailed
        ? t('snapshots.dayFailed', said)
        : t('snapshots.dayWords', said)
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the same
    <g onClick={day.snapshots === 0 ? undefined : () => onDay(day.start)}>
      <title>{words}</title>
      <rect x={x} y={y} width={10} height={10} rx={2} fill={`var(--hf-heat-${day.hasFailed ? 0 : day.level})`} />
      {day.hasFailed && <path d={CROSS} transform={`translate(${x + 2} ${y + 2})`} className="hf-cross" />}
      {isSelected && (
        <rect x={x - 1} y={y - 1} width={12} height={12} rx={3} fill="none" stroke="var(--hf-text)" strokeWidth={1.5} />
      )}
    </g>
  )
}

/** `Mo`; 4 January 1970 was a Sunday. */
function weekday(day: number): string {
  return formatWeekday(new Date(1970, 0, 4 + day).getTime(), 'short').slice(0, 2)
}
