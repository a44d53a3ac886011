import { Progress } from '@mantine/core'

export interface MeterProps {
  /** 0…1. */
  readonly value: number
  readonly label: string
  readonly tone?: 'accent' | 'neutral' | 'warn' | 'bad'
  readonly size?: 4 | 8
  readonly width?: number
}

const colors = {
  accent: 'var(--hf-data-1)',
  neutral: 'var(--hf-data-2)',
  warn: 'var(--hf-warn-mark)',
  bad: 'var(--hf-bad-mark)',
} as const

/** A quiet bar: how much of something. Its label is for those who cannot see it; the figure stands beside it. */
export function Meter({ value, label, tone = 'accent', size = 4, width }: MeterProps) {
  const percent = Math.round(Math.max(0, Math.min(100, value * 100)) * 10) / 10
  return (
    <Progress.Root size={size} radius={size} bg="var(--hf-active)" {...(width === undefined ? {} : { w: width })}>
      <Progress.Section value={percent} color={colors[tone]} aria-label={label} />
    </Progress.Root>
  )
}
