import { type KeyboardEvent, memo, type PointerEvent, useMemo, useRef, useState } from 'react'
import type { Snapshot } from '../../../src-shared/model/snapshot.ts'
import { t } from '../../i18n/translate.ts'
import { pointWords, snapshotAt } from '../../ui/snapshot-words.ts'
import { changedBytesOf } from './heat-days.ts'
import {
  firstFrom,
  keyTarget,
  nearest,
  shareOf,
  spanFor,
  type TimeWindow,
  tickHeight,
  windowFor,
  windowLabels,
} from './slider-window.ts'

export interface TimeSliderProps {
  /** Oldest first. */
  readonly snapshots: readonly Snapshot[]
  readonly index: number
  readonly now: number
  readonly onMove: (index: number) => void
}

/** Moves through the snapshots by drag, by arrow (one snapshot), by Shift and arrow (one day), by Home and End. */
export function TimeSlider({ snapshots, index, now, onMove }: TimeSliderProps) {
  const track = useRef<HTMLDivElement>(null)
  const times = useMemo(() => snapshots.map(snapshotAt), [snapshots])
  const most = useMemo(() => snapshots.reduce((max, one) => Math.max(max, changedBytesOf(one)), 0), [snapshots])
  const selectedAt = times[index] ?? now
  const [kept, setKept] = useState<TimeWindow>()
  const [span, setSpan] = useState<{ times: readonly number[]; days: number }>()
  const days = span?.times === times ? span.days : spanFor(times, selectedAt)
  if (span?.times !== times) setSpan({ times, days })
  const window = windowFor(kept, selectedAt, days, Math.max(times.at(-1) ?? now, now))
  if (window !== kept) setKept(window)

  const moveToPointer = (event: PointerEvent) => {
    const box = track.current?.getBoundingClientRect()
    if (box === undefined || box.width === 0) return
    const share = Math.max(0, Math.min(1, (event.clientX - box.left) / box.width))
    const from = firstFrom(times, window.from)
    const inside = times.slice(from, firstFrom(times, window.to))
    const found = nearest(inside, window.from + share * (window.to - window.from))
    if (found !== -1 && from + found !== index) onMove(from + found)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const target = keyTarget(times, index, event.key, event.shiftKey)
    if (target === undefined) return
    event.preventDefault()
    event.stopPropagation()
    if (target !== index) onMove(target)
  }

  return (
    <div>
      <div
        ref={track}
        role="slider"
        aria-label={t('snapshots.snapshot')}
        aria-valuemin={0}
        aria-valuemax={Math.max(0, times.length - 1)}
        aria-valuenow={index}
        aria-valuetext={pointWords(selectedAt, now)}
        tabIndex={0}
        className="hf-ticks"
        onKeyDown={onKeyDown}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId)
          moveToPointer(event)
        }}
        onPointerMove={(event) => {
          if (event.buttons === 1) moveToPointer(event)
        }}
      >
        <Ticks snapshots={snapshots} times={times} window={window} most={most} selectedAt={selectedAt} now={now} />
        <span className="hf-tick-thumb" style={{ left: `${shareOf(window, selectedAt) * 100}%` }} />
      </div>
      <div className="hf-tick-labels" aria-hidden>
        {windowLabels(window, selectedAt, now).map((label) => (
          <span
            key={label.at}
            data-current={label.isCurrent || undefined}
            style={{ left: `${shareOf(window, label.at) * 100}%` }}
          >
            {label.text}
          </span>
        ))}
      </div>
    </div>
  )
}

interface TicksProps {
  readonly snapshots: readonly Snapshot[]
  readonly times: readonly number[]
  readonly window: TimeWindow
  readonly most: number
  readonly selectedAt: number
  readonly now: number
}

const Ticks = memo(function Ticks({ snapshots, times, window, most, selectedAt, now }: TicksProps) {
  const from = firstFrom(times, window.from)
  const to = firstFrom(times, window.to)
  return (
    <>
      {windowLabels(window, selectedAt, now).map((label) => (
        <i key={label.at} className="hf-tick-line" style={{ left: `${shareOf(window, label.at) * 100}%` }} />
      ))}
      {snapshots.slice(from, to).map((snapshot) => {
        const at = snapshotAt(snapshot)
        const height = tickHeight(changedBytesOf(snapshot), most)
        return (
          <span
            key={snapshot.id}
            className="hf-tick"
            data-later={at > selectedAt || undefined}
            style={{ left: `${shareOf(window, at) * 100}%` }}
          >
            {snapshot.protected && <b style={{ bottom: height + 3 }} />}
            {snapshot.verify?.state === 'failed' ? (
              <svg width={6} height={6} viewBox="0 0 6 6" aria-hidden>
                <path d="m1 1 4 4m0-4-4 4" className="hf-cross" />
              </svg>
            ) : (
              <i style={{ height }} />
            )}
          </span>
        )
      })}
    </>
  )
})
