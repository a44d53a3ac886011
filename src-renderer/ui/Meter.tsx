import { memo } from 'react'

export interface MeterProps {
  /** 0…1. */
  readonly value: number
  readonly label: string
  readonly tone?: 'accent' | 'neutral' | 'warn' | 'bad'
  readonly size?: 4 | 8
  readonly width?: number
}

/**
 * A quiet bar: how much of something. Its label is for those who cannot see it; the figure stands beside it. It is moved
 * and not resized: no other element has to be laid out for it.
 */
export const Meter = memo(function Meter({ value, label, tone = 'accent', size = 4, width }: MeterProps) {
  const percent = Math.round(Math.max(0, Math.min(100, value * 100)) * 10) / 10
  return (
    <div className="hf-meter" data-tone={tone} style={{ height: size, width }}>
      <div
        role="progressbar"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={percent}
        aria-valuetext={`${percent}%`}
        style={{ transform: `translateX(${percent - 100}%)` }}
      />
    </div>
  )
})
