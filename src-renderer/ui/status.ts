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
import type { WordKey } from '../i18n/translate.ts'

export type Tone = 'ok' | 'warn' | 'bad' | 'info' | 'accent' | 'quiet'

interface StatusLook {
  readonly word: WordKey
  readonly tone: Tone
  readonly icon: Icon
}

/**
 * Every state a person meets, once: its word, its colour and a shape of its own, so that colour never stands alone. A good
 * state is Good; a job is running, waiting or stopped; a plan is late.
 */
export const statusLooks = {
  good: { word: 'ui.good', tone: 'ok', icon: IconCircleCheck },
  warnings: { word: 'ui.goodWithWarnings', tone: 'warn', icon: IconAlertTriangle },
  failed: { word: 'ui.failed', tone: 'bad', icon: IconCircleX },
  late: { word: 'ui.late', tone: 'warn', icon: IconClockExclamation },
  running: { word: 'common.running', tone: 'accent', icon: IconPlayerPlay },
  waiting: { word: 'common.waiting', tone: 'quiet', icon: IconClock },
  stopped: { word: 'ui.stopped', tone: 'bad', icon: IconCircleX },
  cancelled: { word: 'ui.cancelled', tone: 'quiet', icon: IconHandStop },
  interrupted: { word: 'ui.interrupted', tone: 'warn', icon: IconPlugConnectedX },
  paused: { word: 'ui.paused', tone: 'quiet', icon: IconPlayerPause },
  disabled: { word: 'common.switchedOff', tone: 'quiet', icon: IconCircleMinus },
  never: { word: 'ui.notRunYet', tone: 'quiet', icon: IconCircleDashed },
  missed: { word: 'ui.missed', tone: 'quiet', icon: IconCircleDashed },
  skipped: { word: 'ui.skipped', tone: 'quiet', icon: IconCircleMinus },
  unreachable: { word: 'ui.doesNotAnswer', tone: 'warn', icon: IconCloudOff },
  none: { word: 'common.nothingPlanned', tone: 'quiet', icon: IconCircleMinus },
} as const satisfies Record<string, StatusLook>

export type StatusKind = keyof typeof statusLooks

/** The CSS colour of a tone. */
export function toneColor(tone: Tone): string {
  if (tone === 'accent') return 'var(--hf-accent-text)'
  return tone === 'quiet' ? 'var(--hf-text-3)' : `var(--hf-${tone})`
}
