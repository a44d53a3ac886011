import { useCallbackRef } from '@mantine/hooks'
import { memo } from 'react'
import type { PruneReason } from '../../../src-shared/model/prune.ts'
import type { Snapshot } from '../../../src-shared/model/snapshot.ts'
import { t } from '../../i18n/translate.ts'
import { snapshotAt } from '../../ui/snapshot-words.ts'
import { HeatMap } from './HeatMap.tsx'
import { addDays, midnight } from './heat-days.ts'
import { Moment } from './Moment.tsx'
import { firstFrom } from './slider-window.ts'
import { TimeSlider } from './TimeSlider.tsx'

export interface TimeSectionProps {
  /** Oldest first, with their times. */
  readonly snapshots: readonly Snapshot[]
  readonly times: readonly number[]
  readonly snapshot: Snapshot
  readonly index: number
  readonly reason: PruneReason | undefined
  readonly now: number
  readonly weeks: number
  readonly isCompact: boolean
  readonly onMoveTo: (index: number) => void
}

/** Where in time: by day, in words, by snapshot. Not drawn again while folders are opened. */
export const TimeSection = memo(function TimeSection(props: TimeSectionProps) {
  const { snapshots, times, snapshot, index, now, isCompact, onMoveTo } = props
  // The last one of the day; the slider centres itself on it.
  const onDay = useCallbackRef((start: number) => onMoveTo(firstFrom(times, addDays(start, 1)) - 1))
  return (
    <section className="hf-time" aria-label={t('snapshots.time')} data-compact={isCompact || undefined}>
      {!isCompact && (
        <HeatMap
          snapshots={snapshots}
          weeks={props.weeks}
          selectedDay={midnight(snapshotAt(snapshot))}
          now={now}
          onDay={onDay}
        />
      )}
      <div style={{ minWidth: 0 }}>
        <Moment
          snapshot={snapshot}
          now={now}
          reason={props.reason}
          isCompact={isCompact}
          onEarlier={index > 0 ? () => onMoveTo(index - 1) : undefined}
          onLater={index < snapshots.length - 1 ? () => onMoveTo(index + 1) : undefined}
        />
        {!isCompact && <TimeSlider snapshots={snapshots} index={index} now={now} onMove={onMoveTo} />}
      </div>
    </section>
  )
})
