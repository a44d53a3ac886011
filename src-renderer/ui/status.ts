import {
  type Icon,
  IconAlertTriangle,
  IconCircleCheck,
  IconCircleDashed,
  IconCircleMinus,
  IconCircleX,
  IconClock,
  IconClockExclamation,
  IconCloudOff,
  IconHandStop,
  IconPlayerPause,
  IconPlayerPlay,
  IconPlugConnectedX,
} from '@tabler/icons-react'

export type Tone = 'ok' | 'warn' | 'bad' | 'info' | 'accent' | 'quiet'

interface StatusLook {
  readonly word: string
  readonly tone: Tone
  readonly icon: Icon
}

/**
 * Every state a person meets, once: its word, its colour and a shape of its own, so that colour never stands alone. A good
 * state is Good; a job is running, waiting or stopped; a plan is late.
 */
export const statusLooks = {
  good: { word: 'Good', tone: 'ok', icon: IconCircleCheck },
  warnings: { word: 'Good, with warnings', tone: 'warn', icon: IconAlertTriangle },
  failed: { word: 'Failed', tone: 'bad', icon: IconCircleX },
  late: { word: 'Late', tone: 'warn', icon: IconClockExclamation },
  running: { word: 'Running', tone: 'accent', icon: IconPlayerPlay },
  waiting: { word: 'Waiting', tone: 'quiet', icon: IconClock },
  stopped: { word: 'Stopped', tone: 'bad', icon: IconCircleX },
  cancelled: { word: 'Cancelled', tone: 'quiet', icon: IconHandStop },
  interrupted: { word: 'Interrupted', tone: 'warn', icon: IconPlugConnectedX },
  paused: { word: 'Paused', tone: 'quiet', icon: IconPlayerPause },
  disabled: { word: 'Switched off', tone: 'quiet', icon: IconCircleMinus },
  never: { word: 'Not run yet', tone: 'quiet', icon: IconCircleDashed },
  missed: { word: 'Missed', tone: 'quiet', icon: IconCircleDashed },
  skipped: { word: 'Skipped', tone: 'quiet', icon: IconCircleMinus },
  unreachable: { word: 'Does not answer', tone: 'warn', icon: IconCloudOff },
  none: { word: 'Nothing planned', tone: 'quiet', icon: IconCircleMinus },
} as const satisfies Record<string, StatusLook>

export type StatusKind = keyof typeof statusLooks

/** The CSS colour of a tone. */
export function toneColor(tone: Tone): string {
  if (tone === 'accent') return 'var(--hf-accent-text)'
  return tone === 'quiet' ? 'var(--hf-text-3)' : `var(--hf-${tone})`
}
