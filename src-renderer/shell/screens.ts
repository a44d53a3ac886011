import {
  type Icon,
  IconActivity,
  IconBroadcast,
  IconCalendarRepeat,
  IconDatabase,
  IconHistory,
  IconLayoutDashboard,
  IconSettings,
} from '@tabler/icons-react'
import type { WordKey } from '../i18n/translate.ts'

export interface ScreenLink {
  readonly path: string
  readonly name: WordKey
  readonly icon: Icon
  /** Second key after `g`. */
  readonly key: Lowercase<string>
}

/** The screens of the side bar, in its order. */
export const screens: readonly ScreenLink[] = [
  { path: '/', name: 'common.overview', icon: IconLayoutDashboard, key: 'o' },
  { path: '/snapshots', name: 'common.snapshots', icon: IconHistory, key: 's' },
  { path: '/plans', name: 'common.plans', icon: IconCalendarRepeat, key: 'p' },
  { path: '/activity', name: 'common.activity', icon: IconActivity, key: 'a' },
  { path: '/repositories', name: 'common.repositories', icon: IconDatabase, key: 'r' },
  { path: '/services', name: 'common.services', icon: IconBroadcast, key: 'v' },
  { path: '/settings', name: 'common.settings', icon: IconSettings, key: 't' },
]
